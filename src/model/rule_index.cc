#include "model/rule_index.h"

#include "model/wildcard_names.h"

#include <algorithm>
#include <cstring>
#include <tuple>
#include <utility>

namespace gatehouse::model {

// How many keys of one bucket have the same anchor: while the index is made. Where hashes are equal by
// accident an anchor seems to be shared by more than it is, which costs no more than a little time.
class RuleIndex::Counts {
public:
    // Of so few keys of one host trying all is as fast.
    [[nodiscard]] static bool matter(const Bucket& bucket) { return bucket.keys > 4; }
    void add(const RuleKey& key, const Bucket& bucket) {
        for (const auto& anchor : key.anchors) ++counts_[of_both(bucket, anchor)];
    }
    // The anchor that the fewest share, then the one of the more selective kind, then the longest. Null:
    // none.
    [[nodiscard]] const RuleAnchor* choose(const RuleKey& key, const Bucket& bucket) const {
        if (key.anchors.empty() || !matter(bucket)) return nullptr;
        const auto rank = [&](const RuleAnchor& anchor) {
            return std::tuple(-counts_.at(of_both(bucket, anchor)), anchor.kind, anchor.text.size());
        };
        return &*std::ranges::max_element(key.anchors, {}, rank);
    }

private:
    static std::size_t of_both(const Bucket& bucket, const RuleAnchor& anchor) {
        return anchor.hash() * 31 + std::hash<const Bucket*>()(&bucket);
    }
    std::unordered_map<std::size_t, std::int64_t> counts_;
};

RuleIndex::RuleIndex(const FiledRules& rules) {
    std::vector<Bucket*> buckets;   // of all keys, in order
    rules_.reserve(rules.size());
    for (const auto& rule : rules) {
        rules_.push_back(&rule->rule());
        for (const auto& key : rule->keys()) ++buckets.emplace_back(&bucket_of(key))->keys;
    }
    Counts counts;
    auto bucket = buckets.begin();
    for (const auto& rule : rules) {
        for (const auto& key : rule->keys()) {
            if (Counts::matter(**bucket)) counts.add(key, **bucket);
            ++bucket;
        }
    }
    bucket = buckets.begin();
    lists_.reserve(rules.size());
    for (Rank rank = 0; rank < rules.size(); ++rank) {
        for (const auto& key : rules[rank]->keys()) add(key, rank, **bucket++, counts);
    }
    for (auto* hosts : {&exact_, &label_below_, &below_}) {
        for (auto& [host, found] : *hosts) finish(found);
    }
    finish(any_host_);
}

void RuleIndex::finish(Bucket& bucket) {
    if (bucket.tables == nullptr) return;
    auto& tables = *bucket.tables;
    for (auto* table : {&tables.paths, &tables.parts_of_path, &tables.parts_of_host}) table->finish();
}

void RuleIndex::add(const RuleKey& key, Rank rank, Bucket& bucket, const Counts& counts) {
    RuleListId& id = list_of(bucket, counts.choose(key, bucket));
    if (id == no_rule_list) {
        id = static_cast<RuleListId>(lists_.size());
        lists_.emplace_back();
    }
    auto& list = lists_[id];
    if (list.empty() || list.back() != rank) list.push_back(rank);
}

RuleIndex::Bucket& RuleIndex::bucket_of(const RuleKey& key) {
    const auto in = [&](Hosts& hosts) -> Bucket& {
        return hosts.try_emplace(std::string(key.host)).first->second;
    };
    switch (key.host_kind) {
        case RuleKey::Host::exact: return in(exact_);
        case RuleKey::Host::label_below: return in(label_below_);
        case RuleKey::Host::below: return in(below_);
        case RuleKey::Host::any: break;
    }
    return any_host_;
}

RuleListId& RuleIndex::list_of(Bucket& bucket, const RuleAnchor* anchor) {
    if (anchor == nullptr) return bucket.rest;
    if (bucket.tables == nullptr) bucket.tables = std::make_unique<Tables>();
    auto& tables = *bucket.tables;
    using Kind = RuleAnchor::Kind;
    switch (anchor->kind) {
        case Kind::path: return tables.paths.equal_to(anchor->text);
        case Kind::path_prefix: return tables.paths.prefix(anchor->text);
        case Kind::part_of_path: return tables.parts_of_path.prefix(anchor->text);
        case Kind::part_of_host: return tables.parts_of_host.prefix(anchor->text);
        case Kind::field: return tables.fields.of(anchor->name, anchor->text);
        case Kind::name_of_field: return tables.fields.of(anchor->name);
        case Kind::argument: return tables.arguments.of(anchor->name, anchor->text);
        case Kind::name_of_argument: return tables.arguments.of(anchor->name);
        case Kind::client: return tables.clients.of(*anchor->network);
    }
    return bucket.rest;
}

// One search: tries lists, and of each no rule behind the best one that has matched.
class RuleIndex::Search {
public:
    Search(const RuleIndex& index, RuleFacts& facts, Listener* listener)
        : index_(index), facts_(facts), listener_(listener) {}

    void look_into(const Hosts& hosts, std::string_view host) {
        const auto found = hosts.find(host);
        if (found != hosts.end()) look_into(found->second);
    }

    void look_into(const Bucket& bucket) {
        if (bucket.tables != nullptr) look_into(*bucket.tables);
        if (bucket.rest != no_rule_list) try_list(bucket.rest);
    }

    [[nodiscard]] Rank best() const { return best_; }

private:
    void look_into(const Tables& tables) {
        const auto try_it = [this](RuleListId id) { try_list(id); };
        const auto try_once = [this](RuleListId id) {
            if (is_first_time(id)) try_list(id);
        };
        if (!tables.paths.empty()) tables.paths.visit(facts_.path(), try_it);
        if (!tables.parts_of_host.empty()) tables.parts_of_host.visit_contained(facts_.host, try_once);
        if (!tables.parts_of_path.empty()) tables.parts_of_path.visit_contained(facts_.path(), try_once);
        if (!tables.fields.empty() && facts_.fields != nullptr) {
            for (const auto& field : *facts_.fields) tables.fields.visit(field.name, field.value, try_once);
        }
        if (!tables.arguments.empty()) {
            for (const auto& pair : facts_.arguments())
                tables.arguments.visit(pair.name, pair.value, try_once);
        }
        if (!tables.clients.empty() && facts_.client != nullptr) tables.clients.visit(*facts_.client, try_it);
    }

    void try_list(RuleListId id) {
        for (const Rank rank : index_.lists_[id]) {
            if (rank >= best_) return;
            const bool matched = index_.rules_[rank]->matches(facts_);
            if (listener_ != nullptr) listener_->tried(rank, matched);
            if (!matched) continue;
            best_ = rank;
            return;
        }
    }

    // What is said a thousand times in a request is looked up but once.
    bool is_first_time(RuleListId id) {
        if (seen_.empty()) {
            const std::size_t words = index_.lists_.size() / 64 + 1;
            auto* memory = facts_.arena().allocate(words * sizeof(std::uint64_t), alignof(std::uint64_t));
            seen_ = {static_cast<std::uint64_t*>(std::memset(memory, 0, words * sizeof(std::uint64_t))),
                     words};
        }
        auto& word = seen_[id / 64];
        const std::uint64_t bit = std::uint64_t{1} << (id % 64);
        return (std::exchange(word, word | bit) & bit) == 0;
    }

    const RuleIndex& index_;
    RuleFacts& facts_;
    Listener* listener_;
    Rank best_ = no_rule;
    std::span<std::uint64_t> seen_;   // a bit for each list
};

RuleIndex::Rank RuleIndex::find(RuleFacts& facts, Listener* listener) const {
    Search search(*this, facts, listener);
    const std::string_view host = facts.host;
    if (!host.empty() && !exact_.empty()) search.look_into(exact_, host);
    const auto dot = host.size() <= longest_host_name_bytes ? host.find('.') : std::string_view::npos;
    if (!label_below_.empty() && dot != std::string_view::npos)
        search.look_into(label_below_, host.substr(dot + 1));
    if (!below_.empty()) {
        for (auto at = dot; at != std::string_view::npos; at = host.find('.', at + 1))
            search.look_into(below_, host.substr(at + 1));
    }
    search.look_into(any_host_);
    return search.best();
}

}   // namespace gatehouse::model
