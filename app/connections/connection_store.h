// Saved connections in connections.toml, one table each:
//
//   [orders-prod]
//   url = "postgresql://spillway@db.internal/orders"
//   environment = "production"        # or staging, development; missing counts as production
//   password_env = "ORDERS_PASSWORD"  # optional: the environment variable that holds the password
//   system = "pgboss"                 # optional: only this queue system
//   namespace = "pgboss"              # optional: only this schema or key prefix
//   mappings = ["/etc/spillway/jobs.toml"]  # optional: mapped tables
//   dead_letter_queues = ["*-dlq", "*:dead"]  # optional: queues that hold the dead letters of others
//
//   [[orders-prod.invariant]]         # optional, PostgreSQL: rules that must hold (drift watch)
//   name = "paid orders have a receipt"
//   sql = "SELECT count(*) FROM orders WHERE paid AND receipt IS NULL"  # must be 0; two numbers must agree
//   every = "60s"                     # a minute where it is missing
//   timeout = "1s"                    # a second where it is missing
//   queue = "orders"                  # optional: only its charts carry the marks
//
// The file never holds a password: `save` takes it out of the URL and hands it back. Any thread; the
// file is read anew by every call and replaced whole, so that two programs may use it.
#pragma once

#include <QStringList>

#include "backends/domain/connection_settings.h"

namespace spillway {

struct SavedConnection {
    QString name;  // letters, digits, '-', '_' and '.'; what follows the '@'
    QString url;
    Environment environment = Environment::production;
    QString passwordVariable;
    QString onlySystem;
    QString onlyNamespace;
    QStringList mappingFiles;
    QStringList deadLetterQueues;  // name patterns
    std::vector<Invariant> invariants;

    bool operator==(const SavedConnection&) const = default;
};

// With the password from the variable, where one is named and set. Failure: usage.
[[nodiscard]] Outcome<ConnectionSettings> settingsOf(const SavedConnection& saved);

class ConnectionStore {
public:
    explicit ConnectionStore(QString file) : m_file(std::move(file)) {}
    // $XDG_CONFIG_HOME/spillway/connections.toml, or ~/.config/…
    [[nodiscard]] static QString defaultFile();

    // A missing file is an empty list. Failure: usage, with the line that cannot be read.
    [[nodiscard]] Outcome<std::vector<SavedConnection>> list() const;
    [[nodiscard]] Outcome<SavedConnection> find(const QString& name) const;
    // Adds or replaces. Answers the password that was inside the URL (empty: none), for the keychain.
    // The file is written atomically with mode 0600; comments and order in it are kept.
    [[nodiscard]] Outcome<QString> save(SavedConnection connection) const;
    [[nodiscard]] Outcome<Done> remove(const QString& name) const;
    // What is wrong where somebody wrote a password into the file by hand and others may read it; else empty.
    [[nodiscard]] QString exposure(const SavedConnection& saved) const;

private:
    // `edited`: the file's text with just this change; written where it says what `connections` say.
    [[nodiscard]] Outcome<Done> write(const std::vector<SavedConnection>& connections,
                                      const std::optional<QByteArray>& edited) const;
    [[nodiscard]] std::optional<QByteArray> text() const;  // nullopt: there is no file
    [[nodiscard]] Outcome<std::vector<SavedConnection>> listed(const QByteArray& text) const;
    QString m_file;
};

}  // namespace spillway
