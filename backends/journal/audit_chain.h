// Records that show when one was edited, removed or put elsewhere: each carries the SHA-256 of the one
// before. Pure. It cannot stop the owner of the file from writing a whole new chain; an export kept elsewhere
// shows that.
#pragma once

#include <QJsonObject>
#include <QString>
#include <optional>
#include <vector>

namespace spillway {

struct AuditEntry {
    qint64 number = 0;  // from 1 on, without gaps
    QString record;     // JSON, exactly as it was hashed
    QString previous;   // hash of the record before; empty for the first
    QString hash;       // SHA-256, hex, over number, previous and record
    bool operator==(const AuditEntry&) const = default;
};

[[nodiscard]] AuditEntry nextAuditEntry(qint64 lastNumber, const QString& lastHash,
                                        const QJsonObject& record);

struct AuditFault {
    qint64 number = 0;  // of the first record that does not fit
    QString sentence;
};
// nullopt: the chain is whole, and ends where the head says.
[[nodiscard]] std::optional<AuditFault> auditFault(const std::vector<AuditEntry>& entries, qint64 headNumber,
                                                   const QString& headHash);

}  // namespace spillway
