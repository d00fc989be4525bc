#pragma once
// A text with `{{ … }}` in it, in the language of Go's text/template: what providers.docker.defaultRule is,
// and what Traefik's dynamic files may be. Fields of a container, labels, variables, pipelines, functions
// (template_value.h), if/else. What repeats (range) and what defines (define, block, template) is not here
// and is refused by name. Immutable once parsed; rendering is bounded and pure.

#include <memory>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

#include "faces/traefik/labels.h"
#include "faces/traefik/template_value.h"

namespace gatehouse::traefik {

// What `.` is. Without labels it has no fields: so it is in files.
struct TemplateFacts {
    std::string_view name;             // .Name
    std::string_view container_name;   // .ContainerName
    const Labels* labels = nullptr;    // .Labels
    Environment environment{};         // of `env`
};

class TextTemplate {
public:
    static constexpr std::size_t deepest = 32;   // parentheses and conditions within each other
    static constexpr std::size_t longest_text = 16 * 1024 * 1024;

    struct ParseError {
        std::size_t offset = 0;   // bytes into the text
        std::string message;
    };

    static tl::expected<TextTemplate, ParseError> parse(std::string_view text);
    // The text, or a sentence about what could not be evaluated.
    [[nodiscard]] tl::expected<std::string, std::string> render(const TemplateFacts& facts) const;

    struct Body;   // text_template.cc

private:
    explicit TextTemplate(std::shared_ptr<const Body> body) : body_(std::move(body)) {}
    std::shared_ptr<const Body> body_;
};

}   // namespace gatehouse::traefik
