#pragma once

/// Point-to-point communication: the members of cohort::communicator that talk to one other rank, and what
/// completes many of them (wait_all and its kin).
///
/// Threads (see environment.hpp for how to ask for a level). What MPI granted decides who may call:
///   funneled    only the thread that made the environment calls anything here
///   serialized  any thread, but never two at a time: the program holds a lock of its own around every call, also
///               around destructors of live requests and of the last copy of a communicator
///   multiple    any thread at any time. A communicator may be shared; one request, message or persistent_request
///   is
///               one thread's at a time. Two threads that receive the same messages use recv or mprobe, never probe
///               followed by a receive: another thread may take the message in between.
/// Below `multiple`, a blocking call made in a second thread while the first is inside another is the program's
/// error, which nothing here finds. bsend's copies and the order of the receives of unknown length
/// (probing_request) are kept per communicator, under locks that are never held while MPI blocks.
#include <cohort/core/wait.hpp>
#include <cohort/p2p/bsend.hpp>
#include <cohort/p2p/irecv.hpp>
#include <cohort/p2p/irsend.hpp>
#include <cohort/p2p/isend.hpp>
#include <cohort/p2p/issend.hpp>
#include <cohort/p2p/persistent.hpp>
#include <cohort/p2p/probe.hpp>
#include <cohort/p2p/probing_request.hpp>
#include <cohort/p2p/recv.hpp>
#include <cohort/p2p/rsend.hpp>
#include <cohort/p2p/send.hpp>
#include <cohort/p2p/sendrecv.hpp>
#include <cohort/p2p/sendrecv_replace.hpp>
#include <cohort/p2p/ssend.hpp>
