#pragma once

/// Coroutines, tasks that wait for messages, moments and each other in one thread; and channels between ranks. Not
/// part of <cohort/cohort.hpp>, which would take longer to compile.
#include <cohort/async/as_task.hpp>
#include <cohort/async/async_queue.hpp>
#include <cohort/async/async_recv.hpp>
#include <cohort/async/async_send.hpp>
#include <cohort/async/await_channel.hpp>
#include <cohort/async/await_request.hpp>
#include <cohort/async/channel.hpp>
#include <cohort/async/each_completed.hpp>
#include <cohort/async/error.hpp>
#include <cohort/async/event_loop.hpp>
#include <cohort/async/event_source.hpp>
#include <cohort/async/generator.hpp>
#include <cohort/async/pipe.hpp>
#include <cohort/async/scope.hpp>
#include <cohort/async/select.hpp>
#include <cohort/async/sleep.hpp>
#include <cohort/async/stopping.hpp>
#include <cohort/async/task.hpp>
#include <cohort/async/waiter.hpp>
#include <cohort/async/when_all.hpp>
#include <cohort/async/when_any.hpp>
#include <cohort/async/with_timeout.hpp>
