// The connection of one drill worker, through libpq itself: several prepared statements go out in one round
// trip, each committing by itself, and the state of the transaction can be asked.
#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct DrillStatement {
    std::string name;  // prepared before
    std::vector<std::string> parameters;
};

struct DrillReply {
    int rows = 0;
    int columns = 0;
    std::string value;    // the first of the first row
    qint64 affected = 0;  // rows changed
    std::string tag;      // "UPDATE 1", "BEGIN"
    QString sqlstate;     // of an error; empty: none
    QString message;      // the server's, safe to show
};

// One thread, except interrupt(). The destructor hangs up without a word.
class DrillSession {
public:
    [[nodiscard]] static Outcome<std::unique_ptr<DrillSession>> open(const ConnectionSettings& settings);
    ~DrillSession();
    DrillSession(const DrillSession&) = delete;
    DrillSession& operator=(const DrillSession&) = delete;

    // Statements without answer that are known to work; an error is a Failure.
    [[nodiscard]] Outcome<Done> script(const std::string& sql);
    [[nodiscard]] Outcome<DrillReply> query(const std::string& sql);  // not between prepared ones in flight
    // An error of the statement is a reply. `types`: OIDs of its parameters.
    [[nodiscard]] Outcome<DrillReply> prepare(const std::string& name, const std::string& sql,
                                              const std::vector<unsigned>& types);
    // All in one round trip; errors of single statements are replies. A Failure: the connection is lost.
    [[nodiscard]] Outcome<std::vector<DrillReply>> run(const std::vector<DrillStatement>& statements);
    [[nodiscard]] bool inTransaction() const;
    void interrupt() noexcept;  // any thread; sticky

private:
    struct Link;
    explicit DrillSession(std::unique_ptr<Link> link);
    [[nodiscard]] Failure lost() const;
    std::unique_ptr<Link> m_link;
};

}  // namespace spillway
