#include "backends/remediation/audit_text.h"

#include <QJsonDocument>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString auditMarkdown(const QJsonObject& record) {
    QString text =
        u"# %1 of %2\n\n"_s.arg(record[u"action"_s].toString(), visibleText(record[u"queue"_s].toString()));
    for (auto it = record.begin(); it != record.end(); ++it) {
        const QString value =
            it->isObject() ? QString::fromUtf8(QJsonDocument(it->toObject()).toJson(QJsonDocument::Compact))
                           : it->toVariant().toString();
        if (!value.isEmpty()) text += u"- %1: %2\n"_s.arg(it.key(), visibleText(value, 2000));
    }
    return text;
}

}  // namespace spillway
