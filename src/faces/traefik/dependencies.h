#pragma once
// Dependencies: which items were looked at to make which others, so that after a change just those are made
// again that it concerns. Recorded while items are made, also of names that mean nothing yet. Control's
// thread.

#include <map>
#include <set>
#include <string>
#include <vector>

namespace gatehouse::traefik {

// A kind and a qualified name.
struct Item {
    enum class Kind : unsigned char { router, service, middleware, transport } kind;
    std::string name;
    auto operator<=>(const Item&) const = default;
};

class Dependencies {
public:
    // An item is being made, for as long as this lives; what is looked at meanwhile, it needs.
    class Making {
    public:
        Making(Dependencies& dependencies, Item item);
        ~Making();
        Making(const Making&) = delete;
        Making& operator=(const Making&) = delete;

    private:
        Dependencies& dependencies_;
    };
    void look_at(const Item& item);

    // These and all that need them, directly or not.
    [[nodiscard]] std::set<Item> affected_by(std::set<Item> changed) const;
    void forget(const Item& item);   // which is no more; who needs it stays known
    void clear();

private:
    std::vector<Item> under_way_;
    std::map<Item, std::set<Item>> needs_, needed_by_;
};

}   // namespace gatehouse::traefik
