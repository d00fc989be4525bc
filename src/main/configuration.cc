#include "main/configuration.h"

#include "base/text.h"
#include "main/docker_block.h"
#include "main/traefik_configuration.h"
#include "net/address_families.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace gatehouse::process {
namespace {

constexpr std::string_view default_pid_path = "/run/nginx.pid";

bool is_directory(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

std::string machine_name() {
    std::array<char, 256> name{};
    if (::gethostname(name.data(), name.size() - 1) != 0) return "localhost";
    return lower(name.data());
}

TraefikOptions traefik_options(const CommandLine& line) {
    TraefikOptions options;
    options.arguments = line.traefik_arguments;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry)
        options.environment.emplace_back(*entry);
    options.hostname = machine_name();
    // a machine without an IPv6 address, not even a loopback one, refuses to listen on one
    const auto addresses = net::addresses_of_this_machine();
    const auto is_ipv6 = [](const SocketAddress& address) { return address.family() == AF_INET6; };
    options.has_ipv6 = std::ranges::any_of(addresses, is_ipv6);
    return options;
}

}   // namespace

Result<std::string> RecordingFiles::read(const std::string& path) {
    auto text = from_.read(path);
    if (text) record_.texts.insert_or_assign(path, *text);
    return text;
}

std::vector<std::string> RecordingFiles::glob(const std::string& pattern) {
    return record_.globs.insert_or_assign(pattern, from_.glob(pattern)).first->second;
}

Result<std::string> RecordedFiles::read(const std::string& path) {
    const auto known = record_.texts.find(path);
    if (known == record_.texts.end()) return fail_errno(ENOENT, "open");
    return known->second;
}

std::vector<std::string> RecordedFiles::glob(const std::string& pattern) {
    const auto known = record_.globs.find(pattern);
    return known == record_.globs.end() ? std::vector<std::string>() : known->second;
}

FaceOptions face_options(const CommandLine& line) {
    FaceOptions options;
    if (line.is_traefik) options.traefik = traefik_options(line);
    options.served = line.served;
    options.config_path = line.served.empty() ? line.config_path() : std::string(nginx::served_name);
    options.parse.command_line_directives = line.directives;
    options.compile.prefix = line.prefix;
    // nginx logs to logs/ under its prefix; where nobody made that folder, whoever started us sees the logs
    const bool has_logs = is_directory(line.prefix + "logs");
    options.compile.error_log = has_logs ? line.prefix + "logs/error.log" : "stderr";
    options.compile.access_log = has_logs ? line.prefix + "logs/access.log" : "/dev/stdout";
    if (!line.error_log.empty()) options.compile.error_log = line.error_log_path();
    options.compile.pid_path = default_pid_path;
    options.compile.hostname = machine_name();
    if (::geteuid() != 0) options.compile.default_port = 8000;
    return options;
}

Configuration read_configuration(nginx::FileSource& files, const FaceOptions& options) {
    Configuration configuration;
    if (options.traefik) {
        auto reading = read_traefik(files, *options.traefik);
        configuration.remarks = std::move(reading.remarks);
        configuration.model = std::move(reading.model);
        configuration.traefik = std::move(reading.serving);
        return configuration;
    }
    auto loaded = nginx::load(files, options.config_path, options.parse, options.compile);
    const bool is_served = !options.served.empty();
    if (is_served && loaded.model) loaded.model->process.pid_path.clear();   // nobody looks for it
    if (loaded.model && loaded.docker) {
        configuration.traefik = read_docker_block(*loaded.docker, options.compile.hostname, files,
                                                  *loaded.model, loaded.diagnostics);
        if (configuration.traefik == nullptr) loaded.model.reset();
    }
    configuration.document = std::move(loaded.document);
    configuration.diagnostics = std::move(loaded.diagnostics);
    configuration.model = std::move(loaded.model);
    return configuration;
}

}   // namespace gatehouse::process
