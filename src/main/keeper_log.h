#pragma once
// Where the keeper speaks. While it starts or tests, what is a warning or worse also goes to stderr, for
// whoever typed the command; afterwards only to the error logs. It never waits for a log that blocks: the
// keeper has signals to answer.

#include "log/error_log.h"
#include "log/sink.h"
#include "main/log_files.h"
#include "main/unique_fd.h"
#include "model/snapshot.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::process {

class KeeperLog {
public:
    // The log from before the configuration is read; a path that cannot be opened is a warning.
    void open_early(const std::string& path);
    // The process's logs of a configuration; `files` holds a descriptor for each. They stay the caller's.
    void use(const std::vector<std::shared_ptr<const model::ErrorLog>>& logs, const LogFiles& files);
    void stop_talking() { talks_ = false; }   // no more to stderr
    [[nodiscard]] bool talks() const { return talks_; }

    void write(log::LogLevel level, std::string_view text);
    // To the logs alone: stderr has been told in another form.
    void record(log::LogLevel level, std::string_view text);

private:
    struct Destination {
        log::LogLevel level = log::LogLevel::error;
        bool is_stderr = false;
        std::unique_ptr<log::Sink> sink = std::make_unique<log::Sink>();
    };
    void deliver(log::LogLevel level, std::string_view text, bool also_stderr);

    std::vector<Destination> destinations_;
    bool talks_ = true;
};

}   // namespace gatehouse::process
