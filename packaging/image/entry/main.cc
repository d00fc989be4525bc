// The program behind the names of the image's entry point, and behind the health check's.

#include "health.h"
#include "start.h"

#include <unistd.h>

#include <string>

int main(int argc, char** argv) {
    using namespace gatehouse::image;
    const std::string called = argc > 0 ? argv[0] : "";
    if (called.substr(called.rfind('/') + 1) != "gatehouse-health")
        return start({argv + (argc > 0 ? 1 : 0), argv + argc});
    const std::string fault = find_fault("/usr/bin/gatehouse");
    const std::string text = fault.empty() ? "the gateway takes connections\n" : fault + "\n";
    [[maybe_unused]] const auto written = ::write(STDOUT_FILENO, text.data(), text.size());
    return fault.empty() ? 0 : 1;
}
