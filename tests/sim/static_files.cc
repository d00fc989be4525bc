#include "static_files.h"

#include <filesystem>
#include <fstream>

namespace gatehouse::simulation {
namespace {

class StaticFiles {
public:
    StaticFiles() {
        std::string pattern = std::filesystem::temp_directory_path() / "gatehouse-sim-XXXXXX";
        if (mkdtemp(pattern.data()) == nullptr) std::abort();
        directory = pattern;
        add("empty", 0);
        add("small", 100);
        add("middle", 20'000);
        add("large", 70'000);
        answers["/hello"] = "hello, world";
    }
    ~StaticFiles() { std::filesystem::remove_all(directory); }
    StaticFiles(const StaticFiles&) = delete;
    StaticFiles& operator=(const StaticFiles&) = delete;

    std::string directory;
    OwnAnswers answers;

private:
    void add(const std::string& name, std::size_t bytes) {
        const auto content = make_body(bytes, bytes);
        std::ofstream(directory + "/" + name, std::ios::binary) << content;
        answers["/static/" + name] = content;
    }
};

const StaticFiles& files() {
    static const StaticFiles made;
    return made;
}

}   // namespace

const std::string& static_files_directory() { return files().directory; }
const OwnAnswers& own_answers() { return files().answers; }

}   // namespace gatehouse::simulation
