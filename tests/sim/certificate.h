#pragma once
// TLS of the simulation: one certificate for all runs of a process, and both sides of the handshake as
// clients and endpoints have them.
// Everything that is sent has the same length in every run, or a seed would not repeat itself: keys are of
// RSA, and no sessions are kept.

#include "net/stream.h"

#include <string>
#include <string_view>

namespace gatehouse::simulation {

[[nodiscard]] const std::string& certificate_pem();
[[nodiscard]] const std::string& key_pem();

// False: it failed, or the gateway would not speak this protocol.
[[nodiscard]] loop::Task<bool> shake_hands(net::Stream& stream, std::string_view protocol);
// An endpoint's side. False: it failed, or the gateway wants another protocol.
[[nodiscard]] loop::Task<bool> accept_hands(net::Stream& stream, std::string_view protocol);

}   // namespace gatehouse::simulation
