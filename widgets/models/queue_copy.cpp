#include "widgets/models/queue_copy.h"

#include <QStringList>
#include <cmath>

#include "backends/domain/human_text.h"
#include "widgets/charts/chart_text.h"
#include "widgets/parts/icon.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

// Of the plain figures; the other columns are copied as they read.
QString unitOf(QueueColumn column) {
    switch (column) {
        case QueueColumn::oldest:
        case QueueColumn::dead_age:
            return u"s"_s;
        case QueueColumn::arrivals:
        case QueueColumn::drain:
            return u"/s"_s;
        case QueueColumn::waiting:
        case QueueColumn::dead:
        case QueueColumn::lost:
        case QueueColumn::stuck:
        case QueueColumn::running:
        case QueueColumn::retrying:
            return u"jobs"_s;
        default:
            return {};
    }
}

// "≥ 12400": the sign of the cell stays, because a bound is not a count.
QString exactFigure(const QString& cell, double value) {
    const bool bound = !cell.isEmpty() && u"≈≥≤<>"_s.contains(cell.front());
    const QString figure =
        value == std::floor(value) ? QString::number(value, 'f', 0) : QString::number(value, 'f', 3);
    return bound ? cell.front() + u' ' + figure : figure;
}

QString copiedField(const QueueRow& row, QueueColumn column) {
    if (column == QueueColumn::state) return severityWord(row.health->severity);
    if (column == QueueColumn::queue) return csvField(visibleText(row.ref.queue, 2000), u'\t');
    const QString cell = cellOf(row, column).text;
    const double value = rawValue(row, column);
    return unitOf(column).isEmpty() || std::isnan(value) ? cell : exactFigure(cell, value);
}

}  // namespace

QString copiedTitles() {
    QStringList titles;
    for (int i = 0; i < kQueueColumns; ++i) {
        const auto column = static_cast<QueueColumn>(i);
        if (column == QueueColumn::trend) continue;
        const QString unit = unitOf(column);
        titles << (unit.isEmpty() ? columnTitle(column) : u"%1 (%2)"_s.arg(columnTitle(column), unit));
    }
    return titles.join(u'\t');
}

QString copiedRow(const QueueRow& row) {
    QStringList fields;
    for (int i = 0; i < kQueueColumns; ++i)
        if (const auto column = static_cast<QueueColumn>(i); column != QueueColumn::trend)
            fields << copiedField(row, column);
    return fields.join(u'\t');
}

}  // namespace spillway
