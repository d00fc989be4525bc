#pragma once
// What `GET /containers/ID/json` and `GET /containers/json` answer, read into values. Pure functions over
// text that a hostile container may have had a part in (labels, names): bounded by the text's length, and a
// field of an unexpected type counts as absent.

#include "base/result.h"
#include "model/container_facts.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::docker {

struct Inspection {
    model::ContainerFacts facts;
    std::string started_at;   // as the engine wrote it: another text is another start
};

// Error: malformed, when it is no JSON (text that is no UTF-8 included) or has no id.
[[nodiscard]] Result<Inspection> parse_inspection(std::string_view json);

struct ListedContainer {
    std::string id;
    // Of all the list says that decides about routing: the same digest means that nothing changed since.
    std::uint64_t digest = 0;
};

// Reads without building what the list says, which may be tens of megabytes. Error: malformed.
[[nodiscard]] Result<std::vector<ListedContainer>> parse_list(std::string_view json);

}   // namespace gatehouse::docker
