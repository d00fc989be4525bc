#pragma once
// What a client may be answered, whatever the version of HTTP: every byte is compared with what it must be,
// and the ledger is told.

#include "ledger.h"
#include "wire.h"

#include <map>
#include <string>
#include <string_view>

namespace gatehouse::simulation {

// What the gateway answers by itself, by target: files and fixed texts. "*": instead of an error page.
using OwnAnswers = std::map<std::string, std::string>;

// Of a response that has no body, whatever its fields say.
[[nodiscard]] bool is_bodiless(const Request& request, int status);

class Judge {
public:
    // `may_starve`: the network may lose a client's packets; silence is nobody's fault.
    Judge(Ledger& ledger, const OwnAnswers& own, bool may_starve)
        : ledger_(ledger), own_(own), may_starve_(may_starve) {}

    [[nodiscard]] bool may_starve() const { return may_starve_; }
    // A final response, whole or not.
    void judge(const Request& request, const Head& head, End end, const std::string& body);
    // What came back through a tunnel that was granted; complete: in order, to its end.
    void judge_tunnel(const Request& request, const Head& head, End end, const std::string& echoed);
    void violation(const Request& request, std::string_view what);

private:
    void judge_forwarded(const Request& request, const Head& head, End end, const std::string& body);
    void judge_refused(const Request& request, const Head& head);
    void judge_own(const Request& request, const Head& head, End end, const std::string& body);

    Ledger& ledger_;
    const OwnAnswers& own_;
    const bool may_starve_;
};

}   // namespace gatehouse::simulation
