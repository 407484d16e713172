#include "widgets/models/table_text.h"

#include <cmath>

#include "backends/domain/display_zone.h"
#include "backends/domain/human_text.h"
#include "widgets/models/cell_roles.h"

namespace spillway {
using namespace Qt::StringLiterals;

QString momentText(ServerTime at, ServerTime now) {
    const QDateTime local = displayTime(at), today = displayTime(now);
    if (local.date() == today.date()) return local.toString(u"HH:mm:ss"_s);
    const bool near = local.date().daysTo(today.date()) < 300;
    return local.toString(near ? u"d MMM HH:mm"_s : u"d MMM yyyy"_s);
}

QString exactMomentText(ServerTime at) {
    const QDateTime utc = toUtc(at);
    return u"%1 (%2 UTC)"_s.arg(displayTime(utc).toString(u"yyyy-MM-dd HH:mm:ss t"_s),
                                utc.toString(u"yyyy-MM-dd HH:mm:ss"_s));
}

QString exactMomentText(const std::optional<ServerTime>& at) {
    return at ? exactMomentText(*at) : u"not recorded"_s;
}

QString orDash(const QString& text) {
    return text.isEmpty() ? u"–"_s : visibleText(text, 160);
}

QString tsvField(const QString& text) {
    const QString field = visibleText(text, 4000);
    static const QString formula = u"=+-@"_s;
    return !field.isEmpty() && formula.contains(field.front()) ? u'\'' + field : field;
}

QVariant copiedMoment(const std::optional<ServerTime>& at) {
    return at ? QVariant(toIsoUtc(*at)) : QVariant();
}

QVariant copiedSeconds(const Seconds& seconds) {
    if (!seconds.known()) return {};
    return provenanceSign(seconds.provenance) + QString::number(std::llround(*seconds.value));
}

QString copiedCount(const Count& count) {
    return count.known() ? provenanceSign(count.provenance) + QString::number(*count.value) : u"–"_s;
}

QString tsvOf(const QAbstractItemModel& model, const std::vector<int>& rows,
              const std::vector<int>& columns) {
    const auto title = [&model](int column) {
        const QVariant exact = model.headerData(column, Qt::Horizontal, CopyRole);
        return (exact.isValid() ? exact : model.headerData(column, Qt::Horizontal, Qt::DisplayRole))
            .toString();
    };
    const auto field = [&model](int row, int column) {
        const QModelIndex at = model.index(row, column);
        const QVariant exact = at.data(CopyRole);
        return tsvField((exact.isValid() ? exact : at.data()).toString());
    };
    QStringList titles;
    for (const int column : columns) titles << title(column);
    QStringList lines{titles.join(u'\t')};
    const auto add = [&](int row) {
        QStringList fields;
        for (const int column : columns) fields << field(row, column);
        lines << fields.join(u'\t');
    };
    for (const int row : rows) add(row);
    if (rows.empty())
        for (int row = 0; row < model.rowCount(); ++row) add(row);
    return lines.join(u'\n');
}

}  // namespace spillway
