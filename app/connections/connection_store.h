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
//   folder = "payments"               # optional: what it is listed under, instead of its environment
//   color = "#56b4e9"                 # optional: a stripe in the window's band
//   poll = "5s"                       # optional: how often it is asked, two seconds at the least
//   arming = "never"                  # optional: it only ever observes; or how long it stays armed: "5m"
//   acting_user = "spillway_act"      # optional: a second login, used only while armed
//   acting_password_env = "ORDERS_ACT_PASSWORD"  # optional: where its password is
//
//   [[orders-prod.objective]]         # optional: limits of some queues; what is missing stays as usual
//   queue = "orders-*"
//   oldest_warning = "10m"            # likewise oldest_critical, dead_warning, dead_critical
//   retry_warning = 0.15              # likewise retry_critical: a share of the executions
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

#include "backends/domain/saved_connection.h"

namespace spillway {

// With the password from the variable, where one is named and set. Failure: usage.
[[nodiscard]] Outcome<ConnectionSettings> settingsOf(const SavedConnection& saved);

// What a removal took, so that it can be undone.
struct RemovedConnection {
    SavedConnection connection;
    QByteArray before, after;  // the file
};

class ConnectionStore {
public:
    explicit ConnectionStore(QString file) : m_file(std::move(file)) {}
    // $XDG_CONFIG_HOME/spillway/connections.toml, or ~/.config/…
    [[nodiscard]] static QString defaultFile();

    [[nodiscard]] const QString& file() const { return m_file; }

    // A missing file is an empty list. Failure: usage, with the line that cannot be read.
    [[nodiscard]] Outcome<std::vector<SavedConnection>> list() const;
    [[nodiscard]] Outcome<SavedConnection> find(const QString& name) const;
    // Adds or replaces. Answers the password that was inside the URL (empty: none), for the keychain.
    // The file is written atomically with mode 0600; comments and order in it are kept.
    [[nodiscard]] Outcome<QString> save(SavedConnection connection) const;
    // The same in place of `before`, which may have had another name; empty: it is new, and takes nobody's
    // name.
    [[nodiscard]] Outcome<QString> replace(const QString& before, const SavedConnection& connection) const;
    [[nodiscard]] Outcome<Done> remove(const QString& name) const;
    // Removes, and can put it back with its comments and in its place; where the file has changed since, at
    // its end.
    [[nodiscard]] Outcome<RemovedConnection> take(const QString& name) const;
    [[nodiscard]] Outcome<Done> putBack(const RemovedConnection& removed) const;
    // As a connections.toml, without passwords.
    [[nodiscard]] static QByteArray exported(const std::vector<SavedConnection>& connections);
    // A sentence for each entry of the file that has no effect: a misspelt key, a value of the wrong kind.
    // `only`: of this connection. Empty where the file cannot be read; list() says that.
    [[nodiscard]] QStringList unheard(const QString& only = {}) const;
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
