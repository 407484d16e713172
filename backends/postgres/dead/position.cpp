#include "backends/postgres/dead/position.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

#include "backends/postgres/wire/query_rows.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr auto encoding = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

// Queue names need not be UTF-8.
QString armoured(const std::string& bytes) {
    return QString::fromLatin1(QByteArray::fromStdString(bytes).toBase64(encoding));
}
std::string plain(const QString& text) {
    return QByteArray::fromBase64(text.toLatin1(), encoding).toStdString();
}

// Goes back to the server inside a parameter of type timestamptz.
bool isMoment(const std::string& text) {
    return text.empty() || text == "-infinity" || text == "infinity" || parseServerTime(text).has_value();
}

}  // namespace

QString toToken(const DeadPosition& position) {
    QJsonArray skip;
    for (const auto& [where, n] : position.skip)
        skip.append(QJsonArray{where.first, armoured(where.second), n});
    const QJsonObject object{{u"t"_s, QString::fromStdString(position.died_at)},
                             {u"s"_s, skip},
                             {u"n"_s, position.counted},
                             {u"a"_s, position.countedAll}};
    return QString::fromLatin1(QJsonDocument(object).toJson(QJsonDocument::Compact).toBase64(encoding));
}

Outcome<DeadPosition> deadPositionFrom(const QString& token) {
    if (token.isEmpty()) return DeadPosition{};
    const auto document = QJsonDocument::fromJson(QByteArray::fromBase64(token.toLatin1(), encoding));
    DeadPosition position;
    position.died_at = document["t"_L1].toString().toStdString();
    position.counted = document["n"_L1].toInteger(-1);
    position.countedAll = document["a"_L1].toBool();
    for (const auto entry : document["s"_L1].toArray()) {
        const auto skip = entry.toArray();
        position.skip[{skip.at(0).toString(), plain(skip.at(1).toString())}] =
            std::max<qint64>(0, skip.at(2).toInteger());
    }
    if (!document.isObject() || !isMoment(position.died_at))
        return Failure{FailureKind::usage,
                       u"The mark of the next page is not one that this program made."_s,
                       {},
                       u"Start again from the first page."_s};
    return position;
}

}  // namespace spillway
