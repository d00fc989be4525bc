#pragma once
// What the fuzz targets share: a property that must hold, and ways of cutting an input that depend on the
// input alone.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"

namespace gatehouse::fuzz {

inline void require_equal(std::string_view a, std::string_view b, const char* what) {
    if (a == b) return;
    std::fprintf(stderr, "%s:\n  %.*s\n  %.*s\n", what, static_cast<int>(a.size()), a.data(),
                 static_cast<int>(b.size()), b.data());
    std::abort();
}
inline void require(bool holds, const char* what) {
    if (holds) return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// Where to cut: everywhere when the input is short, else at a few places.
inline std::vector<std::size_t> cuts_of(std::string_view input) {
    std::vector<std::size_t> cuts;
    if (input.size() <= 256) {
        for (std::size_t i = 0; i < input.size(); ++i) cuts.push_back(i);
    } else {
        Random random(std::hash<std::string_view>{}(input));
        for (int i = 0; i < 8; ++i) cuts.push_back(random.below(input.size()));
        std::sort(cuts.begin(), cuts.end());
    }
    cuts.push_back(input.size());
    return cuts;
}

}   // namespace gatehouse::fuzz
