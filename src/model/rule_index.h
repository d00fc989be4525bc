#pragma once
// The first of many rules that matches, without asking them all: rules are filed under their keys
// (rule_key.h), by host and below that by the one anchor that the fewest others have, and only those are
// tried whose key the facts have. What has no anchor (a method alone, something negated, an expression
// without a fixed part) is tried in order. Immutable, shared by threads; does not own the rules.

#include "model/filed_rule.h"
#include "model/rule_table.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace gatehouse::model {

class RuleIndex {
public:
    using Rank = std::uint32_t;
    static constexpr Rank no_rule = 0xffffffff;

    // Is told of each rule that is tried, in no particular order.
    class Listener {
    public:
        virtual ~Listener() = default;
        virtual void tried(Rank rank, bool matched) = 0;
    };

    RuleIndex() = default;
    explicit RuleIndex(const FiledRules& rules);   // the first has rank 0

    // The lowest rank whose rule matches.
    [[nodiscard]] Rank find(RuleFacts& facts, Listener* listener = nullptr) const;

private:
    // Of one host, or of any.
    struct Tables {
        TextTable paths, parts_of_path, parts_of_host;
        FieldTable fields;
        ArgumentTable arguments;
        NetworkTable clients;
    };
    struct Bucket {
        RuleListId rest = no_rule_list;
        std::uint32_t keys = 0;           // how many there are
        std::unique_ptr<Tables> tables;   // null: all are empty
    };
    using Hosts = std::unordered_map<std::string, Bucket, TextHash, std::equal_to<>>;
    class Counts;
    class Search;

    void add(const RuleKey& key, Rank rank, Bucket& bucket, const Counts& counts);
    [[nodiscard]] Bucket& bucket_of(const RuleKey& key);
    [[nodiscard]] static RuleListId& list_of(Bucket& bucket, const RuleAnchor* anchor);
    static void finish(Bucket& bucket);

    std::vector<const Rule*> rules_;
    std::vector<std::vector<Rank>> lists_;   // each ascending
    Hosts exact_, label_below_, below_;
    Bucket any_host_;
};

}   // namespace gatehouse::model
