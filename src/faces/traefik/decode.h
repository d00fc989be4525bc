#pragma once
// From a tree of names and values (node.h) to plain structs. Each struct has one table, `T::table()`, with a
// row per option: its name as Traefik's documentation spells it and the member it fills. An unknown name, a
// value that is not of the member's kind and an option in the wrong place are errors that name the option,
// its place and the nearest known name. The same tables show a struct (show.h), so that what can be read can
// be shown. Nothing here throws.

#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "faces/traefik/node.h"
#include "faces/traefik/remark.h"
#include "faces/traefik/show.h"
#include "faces/traefik/values.h"

namespace gatehouse::traefik {

// How the tree was written: some options exist only in one of the forms.
enum class Written : std::uint8_t { as_labels, in_file, as_flags };

// Of what has a name of its own (a router, a service, a middleware …): where it came from, and whether an
// error made it unusable. Never a difference between two of them.
struct Source {
    model::Origin origin;
    bool broken = false;
    friend bool operator==(const Source&, const Source&) { return true; }
};

// Accepted as it is: what below it means is another program's business, or that of whoever uses it.
struct Opaque {
    Node node;
    bool operator==(const Opaque&) const = default;
};

struct Field;

struct Table {
    std::string_view what;   // "a router": for messages
    std::span<const Field> fields;
};

template <class T>
concept Tabled = requires {
    { T::table() } -> std::same_as<const Table&>;
};

struct FieldOptions {
    bool bare = false;    // may stand alone: `tls=true`, `tls: {}`
    bool labels = true;   // may be written as a label
    bool files = true;    // may be written in a file (and as a flag)
    std::string_view
        singular{};   // as a label its one element is written under this name: "server" for "servers"
    std::string_view notice{};    // accepted, but: said whenever it is given
    std::string_view refusal{};   // not accepted, because: an error whenever it is given
};

enum class FieldKind : std::uint8_t { scalar, flag, list, structure, items };

class Decoding;

struct Field {
    std::string_view name;
    FieldOptions options;
    FieldKind kind;
    const Table* (
        *inner)();   // of a structure, and of each of a list's or of named items; null: plain values
    void (*read)(Decoding&, const Field&, const Node&, void* object);
    void (*show)(Showing&, const Field&, const void* object, const void* defaults);
};

class Decoding {
public:
    Decoding(Written written, Remarks& remarks) : written_(written), remarks_(remarks) {}

    // Fills `object` from the children of `node`.
    void read_fields(const Table& table, const Node& node, void* object);
    template <Tabled T>
    void read_object(const Node& node, T& out) {
        read_fields(T::table(), node, &out);
    }

    void read(const Field& field, const Node& node, std::string& out);
    void read(const Field& field, const Node& node, bool& out);
    void read(const Field& field, const Node& node, double& out);
    void read(const Field& field, const Node& node, Duration& out);
    void read(const Field& field, const Node& node, Opaque& out);
    template <std::signed_integral T>
    void read(const Field& field, const Node& node, T& out) {
        if (auto value =
                read_number(field, node, std::numeric_limits<T>::min(), std::numeric_limits<T>::max())) {
            out = static_cast<T>(*value);
        }
    }
    template <class T>
    void read(const Field& field, const Node& node, std::optional<T>& out) {
        if constexpr (Tabled<T>) {
            if (!stands(field, node)) return out.reset();
            if (!out) out.emplace();
            read_object(node, *out);
        } else {
            T value{};
            const std::size_t before = remarks_.errors();
            read(field, node, value);
            if (remarks_.errors() == before) out = std::move(value);
        }
    }
    template <Tabled T>
    void read(const Field& field, const Node& node, T& out) {
        if (stands(field, node)) read_object(node, out);
    }
    template <class T>
    void read(const Field& field, const Node& node, std::vector<T>& out) {
        out.clear();
        if constexpr (Tabled<T>) {
            if (one_element(field)) {
                if (node.children.empty()) return (void)stands(field, node);
                read_object(node, out.emplace_back());
            } else if (is_list(field, node)) {
                for (const Node& child : node.children) read_object(child, out.emplace_back());
            }
        } else {
            for (const Node& element : elements(field, node)) read(field, element, out.emplace_back());
        }
    }
    template <class T>
    void read(const Field& field, const Node& node, std::map<std::string, T>& out) {
        if (!has_names(field, node)) return;
        for (const Node& child : node.children) {
            T& item = out[child.name];
            if constexpr (requires { item.source; }) {
                const std::size_t before = remarks_.errors();
                item.source.origin = child.origin;
                read_item(field, child, item);
                item.source.broken = remarks_.errors() != before;
                contained_errors_ += remarks_.errors() - before;
            } else {
                read_item(field, child, item);
            }
        }
    }

    // Errors that cost more than the named item they are in.
    [[nodiscard]] std::size_t uncontained_errors() const { return remarks_.errors() - contained_errors_; }
    [[nodiscard]] Remarks& remarks() { return remarks_; }

private:
    template <class T>
    void read_item(const Field& field, const Node& node, T& out) {
        if constexpr (Tabled<T>) {
            if (node.value && node.children.empty()) value_without_use(node);
            read_object(node, out);
        } else {
            read(field, node, out);
        }
    }
    void unknown(const Table& table, const Node& node);
    void value_without_use(const Node& node);
    [[nodiscard]] const std::string* value_of(const Field& field, const Node& node);
    [[nodiscard]] std::optional<std::int64_t> read_number(const Field& field, const Node& node,
                                                          std::int64_t least, std::int64_t most);
    // Whether a structure is there: it has children, or is one that may stand alone and is not switched off.
    [[nodiscard]] bool stands(const Field& field, const Node& node);
    [[nodiscard]] bool one_element(const Field& field) const;
    [[nodiscard]] bool is_list(const Field& field, const Node& node);
    [[nodiscard]] bool has_names(const Field& field, const Node& node);
    [[nodiscard]] std::vector<Node> elements(const Field& field, const Node& node);

    Written written_;
    Remarks& remarks_;
    std::size_t contained_errors_ = 0;
};

template <class T>
struct MemberOf;
template <class C, class T>
struct MemberOf<T C::*> {
    using Owner = C;
    using Value = T;
};

template <class T>
struct Described {   // of a plain value
    static constexpr FieldKind kind = Tabled<T>                   ? FieldKind::structure
                                      : std::is_same_v<T, bool>   ? FieldKind::flag
                                      : std::is_same_v<T, Opaque> ? FieldKind::structure
                                                                  : FieldKind::scalar;
    static const Table* inner() {
        if constexpr (Tabled<T>) return &T::table();
        return nullptr;
    }
};
template <class T>
struct Described<std::optional<T>> : Described<T> {};
template <class T>
struct Described<std::vector<T>> : Described<T> {
    static constexpr FieldKind kind = FieldKind::list;
};
template <class T>
struct Described<std::map<std::string, T>> : Described<T> {
    static constexpr FieldKind kind = FieldKind::items;
};

// A row: `field<&Router::rule>("rule")`.
template <auto member>
constexpr Field field(std::string_view name, FieldOptions options = {}) {
    using Owner = typename MemberOf<decltype(member)>::Owner;
    using Value = typename MemberOf<decltype(member)>::Value;
    return {name,
            options,
            Described<Value>::kind,
            &Described<Value>::inner,
            [](Decoding& decoding, const Field& row, const Node& node, void* object) {
                decoding.read(row, node, static_cast<Owner*>(object)->*member);
            },
            [](Showing& showing, const Field& row, const void* object, const void* defaults) {
                const Value& value = static_cast<const Owner*>(object)->*member;
                const Value* usual = defaults ? &(static_cast<const Owner*>(defaults)->*member) : nullptr;
                if (!usual || value != *usual) showing.show(row.name, value);
            }};
}

}   // namespace gatehouse::traefik
