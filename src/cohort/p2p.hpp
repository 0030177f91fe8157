#pragma once

/// Point-to-point communication: the members of cohort::communicator that talk to one other rank.
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/p2p/sendrecv.hpp>
