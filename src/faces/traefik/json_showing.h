#pragma once
// A struct with a table as members of Traefik's JSON: what is empty, false or zero is left out, as Go's
// omitempty does. Hashes of passwords and credentials for services are hidden.

#include "admin/json_writer.h"
#include "faces/traefik/show.h"

#include <string>
#include <string_view>
#include <vector>

namespace gatehouse::traefik {

class JsonShowing final : public Showing {
public:
    JsonShowing() : Showing(true) {}
    void begin(std::string_view name, Shape shape) override;
    void end() override;
    void text(std::string_view name, std::string_view value) override;
    void flag(std::string_view name, bool value) override;
    void number(std::string_view name, std::int64_t value) override;
    void real(std::string_view name, double value) override;

    // Of the outermost struct, without brackets.
    [[nodiscard]] std::string take_members() { return writer_.take(); }
    // The first option of the outermost struct that is a struct: "stripPrefix"; "": none.
    [[nodiscard]] const std::string& first_struct() const { return first_; }

private:
    struct Level {
        std::string name;
        Shape shape;
    };
    [[nodiscard]] bool in_list() const { return levels_.back().shape == Shape::list; }
    [[nodiscard]] bool is_in(std::string_view name) const { return levels_.back().name == name; }

    admin::JsonWriter writer_;
    std::vector<Level> levels_;
    std::string first_;
};

template <class T>
[[nodiscard]] std::string json_members(const T& value) {
    JsonShowing showing;
    showing.show({}, value);
    return showing.take_members();
}

}   // namespace gatehouse::traefik
