#pragma once
// Where the keeper reads configurations from: the disk, and two things that are on no disk. One is the text
// that `gatehouse serve` stands for. The other is "self-signed:NAME,NAME": a certificate and its key, made at
// the first reading and kept, so that a browser's exception for it holds.

#include "faces/nginx/source.h"

#include <string>

namespace gatehouse::process {

class SourceFiles final : public nginx::FileSource {
public:
    static constexpr int certificate_days = 397;   // what browsers take at most

    // `served`: of the file that is called nginx::served_name; empty: there is none. `state_directory`: where
    // certificates are kept.
    SourceFiles(std::string served, std::string state_directory)
        : served_(std::move(served)), state_directory_(std::move(state_directory)) {}

    [[nodiscard]] Result<std::string> read(const std::string& path) override;
    [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;

private:
    [[nodiscard]] std::string self_signed(std::string_view names) const;
    nginx::DiskFiles disk_;
    const std::string served_, state_directory_;
};

// $STATE_DIRECTORY, as systemd sets it; else /var/lib/gatehouse for root; else what XDG's base directories
// say: ~/.local/state/gatehouse. Empty: there is no home.
[[nodiscard]] std::string state_directory();

}   // namespace gatehouse::process
