// Labels that anybody who may start a container can write, and the rules of the provider: no crash and no
// endless loop, each container gets a verdict that can be shown, and what is routed refers to a service or
// says that it does not.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "faces/traefik/container_labels.h"
#include "tests/fuzz/property.h"
#include "tests/support/container_text.h"

using namespace gatehouse;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const traefik::ContainerText text = traefik::read_container_text(input);
    traefik::Remarks remarks;
    const traefik::ContainerReader reader(text.rules, remarks);
    const traefik::ContainerConfiguration result = traefik::read_containers(reader, text.containers);
    fuzz::require(result.verdicts.size() == text.containers.size(), "each container gets a verdict");
    for (const traefik::ContainerVerdict& verdict : result.verdicts) {
        fuzz::require(!verdict.sentence.empty(), "each verdict says why");
        const bool serves = verdict.outcome == traefik::ContainerOutcome::routed;
        fuzz::require(serves || verdict.routers.empty(), "only what is routed has routers");
        for (const traefik::Remark& remark : verdict.remarks.items()) {
            const std::string line = remark.describe();
            fuzz::require(line.find('\n') == std::string::npos && line.find('\x1b') == std::string::npos,
                          "a remark is one line that is safe to print");
        }
    }
    for (const auto& [name, router] : result.configuration.http.routers) {
        fuzz::require(!router.rule.empty() && !router.service.empty(), "a router has a rule and a service");
    }
    fuzz::require(!traefik::shown("configuration", result.configuration).empty(),
                  "a configuration can be shown");
    return 0;
}
