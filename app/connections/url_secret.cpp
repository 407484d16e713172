#include "app/connections/url_secret.h"

#include <QRegularExpression>
#include <QUrl>

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

QString percentDecoded(const QString& text) {
    return QUrl::fromPercentEncoding(text.toUtf8());
}

// scheme://user:password@…: the user stays, also an empty one.
void takeUserInfo(UrlWithoutSecret& split) {
    static const QRegularExpression userInfo(u"^([\\w+]+://[^:/?#@]*):([^/?#]*)@"_s);
    const auto match = userInfo.match(split.url);
    if (!match.hasMatch()) return;
    split.password = percentDecoded(match.captured(2));
    split.url.replace(0, match.capturedLength(), match.captured(1) + u'@');
}

void takeParameter(UrlWithoutSecret& split) {
    static const QRegularExpression parameter(u"([?&])password=([^&#]*)(&?)"_s);
    const auto match = parameter.match(split.url);
    if (!match.hasMatch()) return;
    split.password = percentDecoded(match.captured(2));
    const QString rest = match.captured(3).isEmpty() ? QString() : match.captured(1);
    split.url.replace(match.capturedStart(), match.capturedLength(), rest);
}

void takeKeyValue(UrlWithoutSecret& split) {
    static const QRegularExpression key(u"\\s*\\bpassword\\s*=\\s*('(?:[^'\\\\]|\\\\.)*'|\\S*)"_s);
    static const QRegularExpression escape(u"\\\\(.)"_s);
    const auto match = key.match(split.url);
    if (!match.hasMatch()) return;
    QString value = match.captured(1);
    if (value.startsWith(u'\'')) value = value.mid(1, value.size() - 2);
    split.password = value.replace(escape, u"\\1"_s);
    split.url = (split.url.left(match.capturedStart()) + split.url.mid(match.capturedEnd())).trimmed();
}

}  // namespace

UrlWithoutSecret splitSecret(const QString& url) {
    UrlWithoutSecret split{url.trimmed(), {}};
    if (split.url.contains("://"_L1)) {
        takeUserInfo(split);
        takeParameter(split);
    } else {
        takeKeyValue(split);
    }
    return split;
}

}  // namespace spillway
