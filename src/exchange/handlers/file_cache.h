#pragma once
// Opening files for a worker, with nginx's open_file_cache where a route asks for it: descriptors and facts
// (also of missing files) are kept and looked at again after `valid`; a file that was replaced or changed is
// opened anew. One worker's own.

#include "exchange/response.h"
#include "loop/clock.h"
#include "model/route.h"

#include <sys/stat.h>

#include <list>
#include <string>
#include <string_view>
#include <unordered_map>

namespace gatehouse::exchange {

struct FileInfo {
    int error = 0;   // errno of the attempt; then nothing else is set
    bool is_directory = false, is_regular = false;
    std::uint64_t bytes = 0;
    std::time_t modified = 0;
    std::uint64_t inode = 0, device = 0;
    std::shared_ptr<const OpenFile> file;   // of a regular file, when it was asked for
};

class FileCache {
public:
    // What is at `path`, opened for reading if it is a regular file. `checked_from`: the part of the path
    // whose symbolic links are not judged.
    [[nodiscard]] FileInfo open(std::string_view path, const model::FileSettings& settings,
                                std::string_view checked_from, loop::TimePoint now);

private:
    struct Entry {
        std::string path;
        FileInfo info;
        loop::TimePoint checked, used;
        unsigned uses = 0;
    };
    using Entries = std::list<Entry>;   // most recently used first
    static FileInfo remember(Entry& entry, FileInfo info, const model::FileSettings::OpenFileCache& limits);
    void forget_surplus(const model::FileSettings::OpenFileCache& limits, loop::TimePoint now);

    Entries entries_;
    std::unordered_map<std::string_view, Entries::iterator> index_;
};

}   // namespace gatehouse::exchange
