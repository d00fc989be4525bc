#pragma once
// One reading of the configuration: files through the face to a model. The keeper reads the disk and keeps
// the very bytes it read; the gateway, which may not be allowed to read them, goes through the same face over
// those bytes.

#include "faces/nginx/load.h"
#include "faces/traefik/remark.h"
#include "main/command_line.h"
#include "main/traefik_options.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace gatehouse::process {

// What a reading asked of the file system and was told.
struct FileRecord {
    std::map<std::string, std::string> texts;                // by path
    std::map<std::string, std::vector<std::string>> globs;   // matches by pattern
    friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

class RecordingFiles final : public nginx::FileSource {
public:
    explicit RecordingFiles(nginx::FileSource& from) : from_(from) {}
    [[nodiscard]] Result<std::string> read(const std::string& path) override;
    [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;
    [[nodiscard]] FileRecord take() { return std::move(record_); }

private:
    nginx::FileSource& from_;
    FileRecord record_;
};

class RecordedFiles final : public nginx::FileSource {
public:
    explicit RecordedFiles(const FileRecord& record) : record_(record) {}
    [[nodiscard]] Result<std::string> read(const std::string& path) override;
    [[nodiscard]] std::vector<std::string> glob(const std::string& pattern) override;

private:
    const FileRecord& record_;
};

// What does not change between readings.
struct FaceOptions {
    std::optional<TraefikOptions> traefik;   // instead of all else
    std::string served;                      // the text that `gatehouse serve` stands for
    std::string config_path;
    nginx::ParseOptions parse;
    nginx::CompileOptions compile;
};
// Looks at the machine: its name, whether we are root, whether there is a folder for logs.
[[nodiscard]] FaceOptions face_options(const CommandLine& line);

struct TraefikServing;   // traefik_configuration.h

struct Configuration {
    nginx::Document document;                        // for rendering diagnostics, and for the -T dump
    nginx::Diagnostics diagnostics;                  // of nginx's face …
    traefik::Remarks remarks;                        // … and of Traefik's
    std::optional<model::Model> model;               // none when there were errors
    std::shared_ptr<const TraefikServing> traefik;   // null: nginx's face, and no containers beside it
};
[[nodiscard]] Configuration read_configuration(nginx::FileSource& files, const FaceOptions& options);

}   // namespace gatehouse::process
