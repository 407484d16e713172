#include "backends/remediation/audit_text.h"

#include <QJsonArray>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// What a reader looks for first; the rest follows in the order of its names.
const QStringList& auditOrder() {
    static const QStringList order{u"outcome"_s, u"halt_reason"_s, u"reason"_s,     u"actor"_s,
                                   u"host"_s,    u"at"_s,          u"connection"_s, u"environment"_s,
                                   u"system"_s,  u"queue"_s,       u"overridden"_s, u"counts"_s,
                                   u"canary"_s,  u"before"_s,      u"after"_s};
    return order;
}

QString valueText(const QJsonValue& value) {
    QStringList parts;
    if (value.isArray())
        for (const auto each : value.toArray()) parts << valueText(each);
    else if (value.isObject()) {
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it)
            if (!it->isNull()) parts << u"%1 %2"_s.arg(QString(it.key()).replace(u'_', u' '), valueText(*it));
    } else {
        parts << value.toVariant().toString();
    }
    return parts.join(u", "_s);
}

}  // namespace

QString auditMarkdown(const QJsonObject& record) {
    QString text =
        u"# %1 of %2\n\n"_s.arg(record[u"action"_s].toString(), visibleText(record[u"queue"_s].toString()));
    QStringList keys = auditOrder();
    for (const QString& key : record.keys())
        if (!keys.contains(key) && key != "action"_L1) keys << key;
    for (const QString& key : std::as_const(keys)) {
        const QString value = valueText(record[key]);
        if (!value.isEmpty())
            text += u"- %1: %2\n"_s.arg(QString(key).replace(u'_', u' '), visibleText(value, 2000));
    }
    return text;
}

}  // namespace spillway
