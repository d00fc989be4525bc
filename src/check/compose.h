#pragma once
// Compose files → what they say about services and networks, as far as routing goes: variables filled in,
// several files merged as `docker compose -f a -f b` does, `extends` and `include` followed. Everything
// carries its place. Files are read through a function, so nothing here does I/O.

#include "check/finding.h"
#include "check/variables.h"
#include "check/yaml_value.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::check {

struct Text {
    std::string value{};
    Place place{};
    std::vector<std::string> unset{};   // variables without a value that are part of it
};

using Texts = std::map<std::string, Text>;   // labels, environment: by name; the place is the name's

struct PublishedPort {
    std::uint16_t target = 0;   // in the container
    std::string protocol = "tcp";
    std::string published{};   // on the host, as written; "": any
    Place place{};
};

struct Mount {
    std::string source{}, target{};
};

struct NetworkUse {
    Place place{};
    std::vector<std::string> aliases{};
};

struct ComposeService {
    std::string name{};
    Place place{};
    Text image{}, container_name{}, network_mode{};
    std::optional<std::string> build_context{};   // as written; "": no path
    std::string dockerfile{};
    std::optional<std::vector<Text>> command{}, entrypoint{};
    Texts labels{}, deploy_labels{}, environment{};
    std::vector<Text> expose{};
    std::vector<PublishedPort> ports{};
    std::map<std::string, NetworkUse> networks{};   // by key
    std::vector<std::string> profiles{};
    std::vector<Mount> mounts{};
    std::set<std::string> known_hosts{};   // extra_hosts, links
};

struct ComposeNetwork {
    std::string name{};   // as the engine calls it; "": the project's name, "_" and its key
    bool external = false;
};

struct ComposeProject {
    std::string name{};
    std::string directory{};   // what its paths are relative to, ends in "/"; "": here
    std::map<std::string, ComposeService> services{};
    std::map<std::string, ComposeNetwork> networks{};   // by key
    bool is_whole = true;                               // false: a part could not be read

    // The engine's name of a service's network.
    [[nodiscard]] std::string network_name(const std::string& key) const;
};

using ReadText = std::function<std::optional<std::string>(const std::string& path)>;

class ComposeReader {
public:
    ComposeReader(Variables& variables, ReadText read, Findings& findings)
        : variables_(variables), read_(std::move(read)), findings_(findings) {}

    // The files of one project, the later over the earlier; the first says where it is.
    [[nodiscard]] ComposeProject read(const std::vector<std::string>& paths);

private:
    struct Extension {
        std::string service, file;
        Place place;
    };
    struct Draft {
        ComposeService service;
        std::optional<Extension> extends;
    };
    struct File {
        std::string path;
        std::map<std::string, Draft> services;
        std::map<std::string, ComposeNetwork> networks;
        std::string name;
    };

    std::optional<File> read_file(const std::string& path, ComposeProject& project, int depth);
    void take_included(const Value& root, const std::string& path, ComposeProject& project, int depth);
    void take_file(const std::string& path, ComposeProject& project, int depth);
    ComposeService resolve(const File& file, const std::string& name, ComposeProject& project, int depth);
    Draft read_service(const std::string& name, const Place& place, const Value& value);
    void read_ports(const Value& value, ComposeService& service);
    void read_port(const Value& value, ComposeService& service);
    void read_networks(const Value& value, ComposeService& service);
    void read_mounts(const Value& value, ComposeService& service);
    void read_pairs(const Value& value, Texts& into, std::string_view what);
    void read_build(const Value& value, ComposeService& service);
    void read_extends(const Value& value, Draft& draft);
    std::map<std::string, ComposeNetwork> read_declared_networks(const Value& root);
    std::vector<Text> words_of(const Value& value);
    Text text_of(const Value& value);
    std::string plain(const Value* value);
    void check_networks(const ComposeProject& project);

    Variables& variables_;
    ReadText read_;
    Findings& findings_;
};

// `base` with what `over` says in its place: the rules of merging compose files.
[[nodiscard]] ComposeService merged(ComposeService base, const ComposeService& over);

// "web front" 'a b' as a shell divides it.
[[nodiscard]] std::vector<std::string> words_of_shell(std::string_view line);

// The folder of a path, with its "/"; "" for none.
[[nodiscard]] std::string folder_of(std::string_view path);
// `path` as seen from `directory`, without "./".
[[nodiscard]] std::string beside(std::string_view directory, std::string_view path);

}   // namespace gatehouse::check
