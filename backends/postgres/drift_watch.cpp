#include "backends/postgres/drift_watch.h"

#include <algorithm>
#include <cmath>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
using namespace std::chrono_literals;
using std::chrono::steady_clock;
namespace {

// After this no further invariant is begun: the rest is due at the next poll.
constexpr auto longestRound = 1s;
constexpr auto longestConnect = 2000ms;
constexpr auto shortestTimeout = 10ms, longestTimeout = 10'000ms;

// As the user knows them; our transactions have their own.
constexpr auto usersSettings =
    "SELECT set_config(s.name, s.reset_val, true) FROM pg_catalog.pg_settings s "
    "WHERE s.name IN ('search_path', 'TimeZone')";

ConnectionSettings hurried(ConnectionSettings settings) {
    settings.connectDeadline = std::min(settings.connectDeadline, std::chrono::milliseconds(longestConnect));
    return settings;
}

// As a subquery it can only be one SELECT, and at most two rows come back.
std::string asSubquery(const QString& sql) {
    QString text = sql.trimmed();
    while (text.endsWith(u';')) text = text.chopped(1).trimmed();
    return u"SELECT * FROM (\n%1\n) AS invariant LIMIT 2"_s.arg(text).toStdString();
}

InvariantReading unchecked(const QString& name, ServerTime at, const QString& why) {
    return {name, at, true, why, false};
}

QString inWords(const Failure& failure, std::chrono::milliseconds timeout) {
    const QString& said = failure.serverSaid;
    if (failure.kind == FailureKind::timeout || said.contains("statement timeout"_L1))
        return u"not checked: it took longer than %1 s and was given up"_s.arg(
            static_cast<double>(timeout.count()) / 1000.0);
    if (said.contains("read-only transaction"_L1))
        return u"not checked: it would write, and the server refused that: %1"_s.arg(said);
    if (said.contains("syntax error"_L1) || said.contains("data-modifying statement"_L1))
        return u"not checked: the server does not take it as one SELECT: %1"_s.arg(said);
    return u"not checked: %1"_s.arg(said.isEmpty() ? failure.what : said);
}

struct Number {
    double value = 0;
    std::optional<qint64> whole;
    QString text;
};

std::optional<Number> number(const std::string& text) {
    Number n;
    bool isNumber = false, isWhole = false;
    const QString shown = QString::fromStdString(text);
    n.value = shown.toDouble(&isNumber);
    if (!isNumber || !std::isfinite(n.value)) return std::nullopt;
    const qint64 whole = shown.toLongLong(&isWhole);
    if (isWhole) n.whole = whole;
    n.text = isWhole ? exactCountText(whole) : visibleText(shown, 40);
    return n;
}

bool agree(const Number& a, const Number& b) {
    return a.whole && b.whole ? *a.whole == *b.whole : a.value == b.value;
}

// Why these rows are no answer; empty when they are.
QString misshapen(const Rows& rows) {
    if (rows.size() == 0) return u"not checked: it returned no row, where one is expected"_s;
    if (rows.size() > 1) return u"not checked: it returned more than one row"_s;
    const auto columns = rows.values.front().size();
    if (columns < 1 || columns > 2)
        return u"not checked: it returned %1 columns, where one number, or two that must agree, are expected"_s
            .arg(columns);
    for (const auto& value : rows.values.front()) {
        if (!value) return u"not checked: it returned NULL, where a number is expected"_s;
        if (!number(*value))
            return u"not checked: it returned \"%1\", where a number is expected"_s.arg(
                visibleText(QByteArray::fromStdString(*value), 40));
    }
    return {};
}

}  // namespace

InvariantReading judgedInvariant(const QString& name, const Rows& rows, ServerTime checkedAt) {
    if (const auto why = misshapen(rows); !why.isEmpty()) return unchecked(name, checkedAt, why);
    const auto& values = rows.values.front();
    const auto first = *number(*values.front());
    if (values.size() == 1)
        return {name, checkedAt, first.value == 0, u"%1 (must be 0)"_s.arg(first.text), true};
    const auto second = *number(*values.back());
    return {name, checkedAt, agree(first, second), u"%1 and %2 (must agree)"_s.arg(first.text, second.text),
            true};
}

DriftWatch::DriftWatch(const ConnectionSettings& settings) : m_connection(hurried(settings)) {
    for (const auto& invariant : settings.invariants) m_watched.push_back({invariant, {}, {}});
}

void DriftWatch::interrupt() noexcept {
    m_connection.interrupt();
}

// The longest unchecked first, so that a slow one cannot starve the others.
std::vector<DriftWatch::Watched*> DriftWatch::due() {
    std::vector<Watched*> list;
    const auto now = steady_clock::now();
    for (auto& watched : m_watched)
        if (!watched.checked || now - *watched.checked >= watched.invariant.every) list.push_back(&watched);
    std::stable_sort(list.begin(), list.end(),
                     [](const Watched* a, const Watched* b) { return a->checked < b->checked; });
    return list;
}

std::vector<InvariantReading> DriftWatch::check(ServerTime now) {
    const auto started = steady_clock::now();
    for (auto* watched : due()) {
        if (steady_clock::now() - started > longestRound) break;
        watched->checked = steady_clock::now();
        watched->last = checkOne(watched->invariant, now);
        watched->last->queue = watched->invariant.queue;
    }
    std::vector<InvariantReading> readings;
    for (const auto& watched : m_watched)
        if (watched.last) readings.push_back(*watched.last);
    return readings;
}

InvariantReading DriftWatch::checkOne(const Invariant& invariant, ServerTime now) {
    const auto timeout =
        std::clamp<std::chrono::milliseconds>(invariant.timeout, shortestTimeout, longestTimeout);
    const QString subject = u"the invariant %1"_s.arg(visibleText(invariant.name, 80));
    try {
        if (!m_connection.isOpen()) m_connection.open();
        ReadTransaction transaction(m_connection, {timeout, timeout + 1s});
        transaction.query(usersSettings, {}, subject);
        const auto rows = transaction.query(asSubquery(invariant.sql), {}, subject);
        const auto checkedAt = transaction.moment().now;
        transaction.commit();
        return judgedInvariant(invariant.name, rows, checkedAt);
    } catch (const PostgresError& e) {
        m_connection.close();
        return unchecked(invariant.name, now, inWords(e.failure(), timeout));
    } catch (const std::exception& e) {
        m_connection.close();
        return unchecked(invariant.name, now,
                         u"not checked: %1"_s.arg(visibleText(withoutSecrets(QString::fromUtf8(e.what())))));
    }
}

}  // namespace spillway
