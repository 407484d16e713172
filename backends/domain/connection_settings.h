// Where to connect and as what it counts. A value; secrets inside the URL never leave through
// `displayUrl()` or any log.
#pragma once

#include <QString>
#include <QStringList>
#include <chrono>
#include <vector>

#include "backends/domain/outcome.h"
#include "backends/domain/queue_objective.h"

namespace spillway {

enum class Environment { production, staging, development };
enum class ServerKind { postgres, redis };

[[nodiscard]] QString environmentName(Environment environment);  // "production"
[[nodiscard]] std::optional<Environment> environmentFromName(const QString& name);
[[nodiscard]] QString serverKindName(ServerKind kind);  // "PostgreSQL", "Redis"

// A rule of the user's data that must hold (drift watch): a query that returns one row with one number,
// which must be 0, or with two numbers, which must agree. PostgreSQL only.
struct Invariant {
    QString name;
    QString sql;
    std::chrono::seconds every{60};
    std::chrono::milliseconds timeout{1000};
    QString queue = {};  // whose charts its marks are on; empty: every queue of the connection
    bool operator==(const Invariant&) const = default;
};

inline constexpr std::chrono::milliseconds kLongestArmed{15 * 60 * 1000};

struct ConnectionSettings {
    QString name;  // saved name, or the display URL
    QString url;   // as given; may hold a secret
    ServerKind kind = ServerKind::postgres;
    Environment environment = Environment::production;
    QString password;  // from keychain or environment; overrides the URL's
    QString user;      // overrides the URL's, and then its password is not used either; empty: as in the URL
    QString actingUser;  // the login for acting; empty: the same as for observing
    QString actingPassword;
    QString onlySystem;        // contract name, empty = every system found
    QString onlyNamespace;     // schema or prefix, empty = all
    QStringList mappingFiles;  // mapped tables (TOML), see resources/systems/README.md
    std::vector<Invariant> invariants;
    QStringList deadLetterQueues;  // name patterns of queues that hold dead letters: "*-dlq"
    std::vector<QueueObjective> objectives;
    QString folder, colour;                              // for people: what it stands under, "#rrggbb"
    std::chrono::milliseconds pollInterval{0};           // 0: the program's own
    std::chrono::milliseconds armedFor = kLongestArmed;  // how long at most; 0: it only ever observes
    std::chrono::milliseconds connectDeadline{5000};
    std::chrono::milliseconds pollDeadline{2000};  // for the whole poll, not for each read

    // The URL with every secret replaced by "***"; safe to show and to log.
    [[nodiscard]] QString displayUrl() const;
    bool operator==(const ConnectionSettings&) const = default;
};

// Recognises postgresql://, postgres://, libpq key=value strings, redis://, rediss://, unix://.
// Failure kind usage, with the forms that would work. Does not touch the network.
[[nodiscard]] Outcome<ConnectionSettings> connectionFromUrl(const QString& url);

// As whom to act: with the second login, where there is one.
[[nodiscard]] ConnectionSettings actingSettings(const ConnectionSettings& settings);
// Why this connection must not act; nullopt: nothing in its settings forbids it.
[[nodiscard]] std::optional<Failure> refusesActing(const ConnectionSettings& settings);

// Removes passwords from any text that may quote a URL or conninfo string (server errors do).
[[nodiscard]] QString withoutSecrets(const QString& text);

}  // namespace spillway
