#include "widgets/models/place_link.h"

#include <QDateTime>
#include <QUrl>
#include <QUrlQuery>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr QLatin1String kScheme("spillway://");

struct NamedRange {
    QLatin1String name;
    int minutes;
};
constexpr NamedRange kRanges[] = {{QLatin1String("15m"), 15},
                                  {QLatin1String("1h"), 60},
                                  {QLatin1String("6h"), 360},
                                  {QLatin1String("1d"), 1440},
                                  {QLatin1String("7d"), 7 * 1440}};

QString encoded(const QString& text) {
    return QString::fromLatin1(QUrl::toPercentEncoding(text));
}

QString decoded(const QString& text) {
    return QUrl::fromPercentEncoding(text.toUtf8());
}

QString timeText(double at) {
    return QDateTime::fromMSecsSinceEpoch(std::llround(at * 1000), Qt::UTC).toString(Qt::ISODate);
}

std::optional<double> timeFrom(const QString& text) {
    QDateTime at = QDateTime::fromString(text, Qt::ISODate);
    if (!at.isValid()) return std::nullopt;
    if (at.timeSpec() == Qt::LocalTime) at.setTimeSpec(Qt::UTC);  // without a zone
    return static_cast<double>(at.toMSecsSinceEpoch()) / 1000;
}

Failure wrongLink(const QString& what) {
    return {FailureKind::usage,
            u"This link leads nowhere: %1."_s.arg(what),
            {},
            u"A link looks like spillway://CONNECTION/QUEUE?range=6h; copy it anew from the window."_s};
}

Outcome<PlaceLink> withPage(PlaceLink link, const QString& page) {
    if (page == "dead-letters"_L1)
        link.place = Place::dead_letters;
    else if (page == "leases"_L1)
        link.place = Place::leases;
    else if (!page.isEmpty())
        return wrongLink(u"there is no page \"%1\""_s.arg(visibleText(page, 40)));
    return link;
}

Outcome<PlaceLink> withTimes(PlaceLink link, const QUrlQuery& query) {
    const auto value = [&query](const QString& key) { return query.queryItemValue(key, QUrl::FullyDecoded); };
    if (const QString range = value(u"range"_s); !range.isEmpty()) {
        for (const NamedRange& one : kRanges)
            if (range == one.name) link.range_min = one.minutes;
        if (!link.range_min)
            return wrongLink(u"\"%1\" is no range (15m, 1h, 6h, 1d, 7d)"_s.arg(visibleText(range, 40)));
    }
    const QString from = value(u"from"_s), until = value(u"until"_s);
    if (from.isEmpty() && until.isEmpty()) return link;
    const auto first = timeFrom(from), last = timeFrom(until);
    if (!first || !last || *last <= *first)
        return wrongLink(u"its times are not two times in order, such as 2026-11-28T02:00:00Z"_s);
    link.span = {*first, *last};
    return link;
}

}  // namespace

bool isPlaceLink(const QString& text) {
    return text.startsWith(kScheme, Qt::CaseInsensitive);
}

QString linkTo(const PlaceLink& link) {
    QString text = kScheme + encoded(link.target.connection);
    if (!link.target.queue.isEmpty()) text += u'/' + encoded(link.target.queue);
    QStringList query;
    if (!link.target.system.isEmpty()) query << u"system="_s + encoded(link.target.system);
    if (link.place == Place::dead_letters) query << u"page=dead-letters"_s;
    if (link.place == Place::leases) query << u"page=leases"_s;
    if (link.span) {
        query << u"from="_s + timeText(link.span->first) << u"until="_s + timeText(link.span->second);
    } else if (link.range_min) {
        for (const NamedRange& one : kRanges)
            if (one.minutes == *link.range_min) query << u"range="_s + one.name;
    }
    return query.isEmpty() ? text : text + u'?' + query.join(u'&');
}

Outcome<PlaceLink> placeFromLink(const QString& text) {
    if (!isPlaceLink(text)) return wrongLink(u"it does not begin with spillway://"_s);
    if (text.size() > kLongestLink) return wrongLink(u"it is longer than %1 characters"_s.arg(kLongestLink));
    const QString rest = text.mid(kScheme.size());
    const QString path = rest.section(u'?', 0, 0);
    const QUrlQuery query(rest.section(u'?', 1));
    PlaceLink link;
    link.target.connection = decoded(path.section(u'/', 0, 0));
    link.target.queue = decoded(path.section(u'/', 1, 1));  // some programs end it with a slash
    if (!path.section(u'/', 2).isEmpty()) return wrongLink(u"a queue's name has its \"/\" written as %2F"_s);
    link.target.system = query.queryItemValue(u"system"_s, QUrl::FullyDecoded);
    if (link.target.connection.isEmpty()) return wrongLink(u"it names no connection"_s);
    link.place = link.target.queue.isEmpty() ? Place::overview : Place::queue;
    const auto placed = withPage(link, query.queryItemValue(u"page"_s));
    return placed ? withTimes(*placed, query) : placed;
}

}  // namespace spillway
