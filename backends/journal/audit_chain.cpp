#include "backends/journal/audit_chain.h"

#include <QCryptographicHash>
#include <QJsonDocument>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString hashOf(qint64 number, const QString& previous, const QString& record) {
    const QByteArray text = QByteArray::number(number) + '\n' + previous.toUtf8() + '\n' + record.toUtf8();
    return QString::fromLatin1(QCryptographicHash::hash(text, QCryptographicHash::Sha256).toHex());
}

}  // namespace

AuditEntry nextAuditEntry(qint64 lastNumber, const QString& lastHash, const QJsonObject& record) {
    const QString text = QString::fromUtf8(QJsonDocument(record).toJson(QJsonDocument::Compact));
    return {lastNumber + 1, text, lastHash, hashOf(lastNumber + 1, lastHash, text)};
}

std::optional<AuditFault> auditFault(const std::vector<AuditEntry>& entries, qint64 headNumber,
                                     const QString& headHash) {
    qint64 number = 0;
    QString hash;
    for (const auto& entry : entries) {
        ++number;
        if (entry.number != number) return AuditFault{number, u"Record %1 is missing."_s.arg(number)};
        if (entry.previous != hash)
            return AuditFault{number, u"Record %1 does not follow the one before it."_s.arg(number)};
        if (entry.hash != hashOf(number, entry.previous, entry.record))
            return AuditFault{number, u"Record %1 was edited."_s.arg(number)};
        hash = entry.hash;
    }
    if (number == headNumber && hash == headHash) return std::nullopt;
    return AuditFault{number + 1, number < headNumber
                                      ? u"Record %1 is missing."_s.arg(number + 1)
                                      : u"The last record is not the one that was written last."_s};
}

}  // namespace spillway
