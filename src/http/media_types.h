#pragma once
// Media types by file extension: a table of one's own (nginx's `types` block), and a built-in one that covers
// what nginx's mime.types does. Extensions are compared in any case. Filled once, then only read: safe to
// share between threads.

#include <string>
#include <string_view>
#include <unordered_map>

#include "base/text.h"

namespace gatehouse::http {

inline constexpr std::string_view default_media_type = "text/plain";   // nginx's default_type

class MediaTypes {
public:
    // Without a dot. The last one added for an extension counts.
    void add(std::string_view extension, std::string_view type);
    [[nodiscard]] std::string_view find(std::string_view extension) const;   // "" when unknown
    [[nodiscard]] std::size_t size() const { return types_.size(); }

    [[nodiscard]] static const MediaTypes& built_in();   // about a hundred extensions
    [[nodiscard]] static const MediaTypes&
    nginx_default();   // html, gif and jpg only: nginx without a types block

private:
    std::unordered_map<std::string, std::string, CaseInsensitiveHash, CaseInsensitiveEqual> types_;
};

}   // namespace gatehouse::http
