// JSON, text and check line from readings made by hand: names, shapes, provenance, hostile names.
#include <QJsonArray>
#include <QJsonDocument>
#include <QTest>

#include "app/cli/polled_command.h"
#include "app/cli/printers/check_line.h"
#include "app/cli/printers/dead_printer.h"
#include "app/cli/printers/json_printer.h"
#include "app/cli/printers/lease_printer.h"
#include "app/cli/printers/retry_printer.h"
#include "app/cli/printers/text_printer.h"
#include "app/cli/printers/text_table.h"
#include "tests/support/reading_story.h"

using namespace spillway;
using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

QueueHealth health(const QString& name) {
    QueueHealth q;
    q.reading = QueueStory{.queue = name, .backlog = 40'000}.reading(0);
    q.reading.dead = Count::lowerBound(10'000, u"counting stops at 10 000"_s);
    q.reading.scheduled = Count::notObservable(u"not recorded here"_s);
    q.oldest_age_s = Seconds::exact(211.5);
    q.dead_oldest_age_s = Seconds::notObservable(u"no dead job"_s);
    q.flow.arrival = Rate::exact(250);
    q.flow.drain = Rate::estimated(50, u"from the balance"_s);
    q.flow.growth = Rate::exact(200);
    q.forecast.verdict = DrainVerdict::never_drains;
    q.forecast.hold_factor = Ratio::estimated(5, u"arrivals by drain"_s);
    q.severity = Severity::critical;
    return q;
}

Finding finding(Severity severity, const QString& queue, const QString& title) {
    Finding f;
    f.id = u"x:"_s + queue;
    f.severity = severity;
    f.system = u"pgboss"_s;
    f.queue = queue;
    f.title = title;
    f.sentence = title + u'.';
    f.evidence = u"figures"_s;
    f.action = u"Do something."_s;
    f.since = at(0);
    return f;
}

Reading reading(const QStringList& queues = {u"orders"_s}) {
    Reading r;
    r.connection = u"shop"_s;
    r.environment = Environment::staging;
    r.observed_at = at(0.5);
    r.clock_skew_s = 0.25;
    r.server = {.product = u"PostgreSQL"_s, .version = u"15.18"_s, .address = u"db:5432"_s};
    SystemHealth system;
    system.identity = {u"pgboss"_s, u"pg-boss"_s, u"46"_s, u"pgboss"_s};
    system.capabilities.set(u"ready"_s, true, u"counted"_s);
    system.capabilities.set(u"paused"_s, false, u"pg-boss has no pause flag"_s);
    system.workers = {Count::exact(2), Count::notObservable(u"not recorded"_s), Count::exact(1)};
    for (const auto& name : queues) system.queues.push_back(health(name));
    r.systems.push_back(system);
    return r;
}

PollCosts costs() {
    PollCosts c;
    for (const double wall : {4.0, 9.0, 5.0})
        c.polls.push_back(
            {.wall_ms = wall, .server_ms = Measured<double>::exact(wall / 2), .round_trips = 1});
    return c;
}

PolledWindow polled(const Reading& r) {
    PolledWindow window;
    window.reading = std::make_shared<Reading>(r);
    window.costs = costs();
    return window;
}

}  // namespace

class PrintersTest : public QObject {
    Q_OBJECT
private slots:
    void statusHasTheFixedNames();
    void measuredValuesCarryTheirProvenance();
    void whatIsNotMeasuredSaysSo();
    void timeToDrainIsAnIntervalOrNull();
    void everyLineIsOneDocument();
    void detectListsCapabilities();
    void textPutsFindingsFirst();
    void coloursOnlyWhenAsked();
    void hostileNamesBecomeVisible();
    void checkNamesTheWorst_data();
    void checkNamesTheWorst();
    void checkIsUnknownWithoutData();
    void checkIsUnknownWhileItLearns();
    void blindnessIsNeverGreen();
    void noneIsSaidOnlyWhereOneWouldBeSeen();
    void anEmptyColumnGoesWhereItMay();
    void aLongLineIsBrokenUnderItsText();
    void columnsGoByImportance();
    void theLastColumnIsBrokenWhereOthersAreCut();
    void statusFitsEveryWidth_data();
    void statusFitsEveryWidth();
    void performanceDataFollowsThePluginRules();
    void severalSystemsAreTold();
    void deadJobsOfSeveralSystemsAreToldApart();
    void queueFilterKeepsSystemFindings();
    void queueFilterLeavesOutOtherSystemsAndWorkers();
};

void PrintersTest::statusHasTheFixedNames() {
    Reading r = reading();
    r.findings = {finding(Severity::critical, u"orders"_s, u"orders will never drain"_s)};
    const QJsonObject status = statusJson(r, costs());
    QCOMPARE(status[u"schema"_s].toInt(), 1);
    QCOMPARE(status[u"observed_at"_s].toString(), u"2026-01-01T00:00:00.500Z"_s);
    const auto connection = status[u"connection"_s].toObject();
    QCOMPARE(connection[u"name"_s].toString(), u"shop"_s);
    QCOMPARE(connection[u"environment"_s].toString(), u"staging"_s);
    QCOMPARE(connection[u"server"_s].toString(), u"PostgreSQL"_s);
    QCOMPARE(connection[u"server_version"_s].toString(), u"15.18"_s);
    QCOMPARE(connection[u"clock_skew_s"_s].toDouble(), 0.25);
    const auto system = status[u"systems"_s][0].toObject();
    for (const auto& name :
         {u"system"_s, u"version"_s, u"namespace"_s, u"capabilities"_s, u"queues"_s, u"workers"_s})
        QVERIFY2(system.contains(name), qPrintable(name));
    const auto queue = system[u"queues"_s][0].toObject();
    for (const char* name : {"queue",
                             "paused",
                             "ready",
                             "scheduled",
                             "retrying",
                             "running",
                             "dead",
                             "overdue",
                             "oldest_age_s",
                             "dead_oldest_age_s",
                             "lost_next_24h",
                             "arrival_rate",
                             "drain_rate",
                             "growth",
                             "time_to_drain_s",
                             "drain_verdict",
                             "hold_factor",
                             "amplification",
                             "retry_share",
                             "potential_amplification",
                             "claims",
                             "duplicate_claims",
                             "duplicate_rate_ppm",
                             "duplicate_upper95_ppm",
                             "dead_p50_age_s",
                             "dead_p90_age_s",
                             "dead_age_buckets",
                             "executions",
                             "first_attempts",
                             "retry_wave",
                             "stuck",
                             "incidents"})
        QVERIFY2(queue.contains(QLatin1StringView(name)), name);
    const auto first = status[u"findings"_s][0].toObject();
    for (const char* name :
         {"id", "severity", "system", "queue", "title", "sentence", "evidence", "since", "action"})
        QVERIFY2(first.contains(QLatin1StringView(name)), name);
    QCOMPARE(first[u"severity"_s].toString(), u"critical"_s);
    const auto poll = status[u"poll"_s].toObject();
    QCOMPARE(poll[u"count"_s].toInt(), 3);
    QCOMPARE(poll[u"median_ms"_s].toDouble(), 5.0);
    QCOMPARE(poll[u"max_ms"_s].toDouble(), 9.0);
    QCOMPARE(poll[u"server_ms"_s][u"value"_s].toDouble(), 2.5);
}

void PrintersTest::measuredValuesCarryTheirProvenance() {
    const auto queue = statusJson(reading(), costs())[u"systems"_s][0][u"queues"_s][0].toObject();
    QCOMPARE(queue[u"ready"_s].toObject(),
             (QJsonObject{{u"value"_s, 40'000}, {u"provenance"_s, u"exact"_s}}));
    QCOMPARE(queue[u"dead"_s][u"provenance"_s].toString(), u"lower_bound"_s);
    QCOMPARE(queue[u"dead"_s][u"method"_s].toString(), u"counting stops at 10 000"_s);
    QVERIFY(queue[u"scheduled"_s][u"value"_s].isNull());
    QCOMPARE(queue[u"scheduled"_s][u"why"_s].toString(), u"not recorded here"_s);
    QCOMPARE(queue[u"drain_verdict"_s].toString(), u"never_drains"_s);
    const auto infinite = measuredJson(Rate::exact(1.0 / 0.0));
    QVERIFY(infinite[u"value"_s].isNull());
    QCOMPARE(infinite[u"provenance"_s].toString(), u"not_observable"_s);
}

void PrintersTest::whatIsNotMeasuredSaysSo() {
    const auto queue = statusJson(reading(), costs())[u"systems"_s][0][u"queues"_s][0].toObject();
    QCOMPARE(queue[u"duplicate_claims"_s].toObject(),
             (QJsonObject{{u"value"_s, QJsonValue::Null},
                          {u"provenance"_s, u"not_observable"_s},
                          {u"why"_s, u"This is not measured here."_s}}));
}

void PrintersTest::timeToDrainIsAnIntervalOrNull() {
    Reading r = reading();
    const auto drain = [&] {
        return statusJson(r, costs())[u"systems"_s][0][u"queues"_s][0][u"time_to_drain_s"_s];
    };
    QVERIFY(drain().isNull());
    r.systems[0].queues[0].forecast.time_to_drain_s = DurationInterval{2100, 3000};
    QCOMPARE(drain()[u"low"_s].toDouble(), 2100.0);
    QCOMPARE(drain()[u"high"_s].toDouble(), 3000.0);
    r.systems[0].queues[0].forecast.time_to_drain_s = DurationInterval{2100, std::nullopt};
    QVERIFY(drain()[u"high"_s].isNull());
}

void PrintersTest::everyLineIsOneDocument() {
    const QByteArray line = jsonLine(statusJson(reading({u"two\nlines"_s}), costs()));
    QCOMPARE(line.count('\n'), 1);
    QVERIFY(line.endsWith('\n'));
    const auto back = QJsonDocument::fromJson(line).object();
    QCOMPARE(back[u"systems"_s][0][u"queues"_s][0][u"queue"_s].toString(), u"two\nlines"_s);
}

void PrintersTest::detectListsCapabilities() {
    const Reading r = reading();
    const auto detected = detectJson(*connectionFromUrl(u"postgresql://me:pw@db/shop"_s), r.server,
                                     {{r.systems[0].identity, r.systems[0].capabilities}});
    QCOMPARE(detected[u"schema"_s].toInt(), 1);
    QVERIFY(!QJsonDocument(detected).toJson().contains("pw"));
    const auto capabilities = detected[u"systems"_s][0][u"capabilities"_s].toObject();
    QCOMPARE(capabilities[u"ready"_s][u"observable"_s].toBool(), true);
    QCOMPARE(capabilities[u"paused"_s].toObject(),
             (QJsonObject{{u"observable"_s, false}, {u"why"_s, u"pg-boss has no pause flag"_s}}));
}

void PrintersTest::textPutsFindingsFirst() {
    Reading r = reading({u"orders"_s, u"emails"_s});
    r.findings = {finding(Severity::critical, u"orders"_s, u"orders will never drain"_s)};
    const QString text = statusText(r, costs(), {});
    QVERIFY(text.contains(u"STAGING"_s));
    QVERIFY(text.indexOf(u"CRITICAL  orders will never drain."_s) > 0);
    QVERIFY(text.indexOf(u"CRITICAL"_s) < text.indexOf(u"queue "_s));
    QVERIFY(text.contains(u"40.0 k"_s));
    QVERIFY(text.contains(u"≥ 10.0 k"_s));
    QVERIFY(text.contains(u"3 polls, median 5.0 ms"_s));
}

void PrintersTest::coloursOnlyWhenAsked() {
    Reading r = reading();
    r.findings = {finding(Severity::critical, u"orders"_s, u"orders will never drain"_s)};
    QVERIFY(!statusText(r, costs(), {}).contains(u'\x1b'));
    QVERIFY(statusText(r, costs(), {.colours = true}).contains(u"\x1b[31mCRITICAL\x1b[0m"_s));
}

void PrintersTest::hostileNamesBecomeVisible() {
    Reading r = reading({u"a\x1b[31m\nb"_s});
    r.findings = {finding(Severity::warning, u"a\nb"_s, u"a\nb is \u202eodd"_s)};
    const QString text = statusText(r, costs(), {});
    QVERIFY(!text.contains(u'\x1b'));
    QVERIFY(!text.contains(QChar(0x202e)));
    QVERIFY2(text.contains(u"a\\x1b[31m\\nb"_s), qPrintable(text));
    const QString line = checkAnswer(polled(r), {}).line;
    QVERIFY(!line.contains(u'\n') && !line.contains(u'\x1b'));
}

void PrintersTest::checkNamesTheWorst_data() {
    QTest::addColumn<QList<int>>("severities");
    QTest::addColumn<int>("code");
    QTest::addColumn<QString>("begins");
    QTest::newRow("nothing") << QList<int>{} << 0 << u"SPILLWAY OK - "_s;
    QTest::newRow("info only") << QList<int>{0, 0} << 0 << u"SPILLWAY OK - "_s;
    QTest::newRow("warning") << QList<int>{1, 0} << 1 << u"SPILLWAY WARNING - queue 0 is bad"_s;
    QTest::newRow("critical") << QList<int>{2, 1} << 2
                              << u"SPILLWAY CRITICAL - queue 0 is bad; queue 1 is bad"_s;
    QTest::newRow("many")
        << QList<int>{2, 2, 2, 2, 1} << 2
        << u"SPILLWAY CRITICAL - queue 0 is bad; queue 1 is bad; queue 2 is bad; and 2 more"_s;
}

void PrintersTest::checkNamesTheWorst() {
    QFETCH(QList<int>, severities);
    QFETCH(QString, begins);
    Reading r = reading();
    for (int i = 0; i < severities.size(); ++i)
        r.findings.push_back(finding(static_cast<Severity>(severities[i]), {}, u"queue %1 is bad"_s.arg(i)));
    const auto answer = checkAnswer(polled(r), {});
    QTEST(static_cast<int>(answer.state), "code");
    QVERIFY2(answer.line.startsWith(begins), qPrintable(answer.line));
}

void PrintersTest::checkIsUnknownWithoutData() {
    PolledWindow nothing;
    QCOMPARE(checkAnswer(nothing, {}).state, CheckState::unknown);
    PolledWindow lost = polled(reading());
    lost.failure = Failure{FailureKind::timeout, u"The server fell silent."_s, {}, {}};
    QCOMPARE(checkAnswer(lost, {}).state, CheckState::unknown);
    QVERIFY(checkAnswer(lost, {}).line.contains(u"The server fell silent."_s));
    PolledWindow once = polled(reading());
    once.costs.polls.resize(1);
    QCOMPARE(checkAnswer(once, {}).state, CheckState::unknown);
    QCOMPARE(checkAnswer(polled(reading()), {u"ordres"_s}).state, CheckState::unknown);
    QCOMPARE(static_cast<int>(CheckState::unknown), 3);
}

void PrintersTest::blindnessIsNeverGreen() {
    const QString why = u"The role app may not read pgboss.job. GRANT SELECT ON pgboss.job TO app;"_s;
    Reading blind = reading();
    blind.systems[0].queues[0].reading.ready = Count::notObservable(why);
    auto answer = checkAnswer(polled(blind), {});
    QCOMPARE(answer.state, CheckState::unknown);
    QVERIFY2(answer.line.contains(u"GRANT SELECT ON pgboss.job TO app"_s), qPrintable(answer.line));
    QVERIFY(!statusText(blind, {}, {}).contains(u"No findings.\n"_s));
    QVERIFY(statusText(blind, {}, {}).contains(why));
    // The finding that says so makes no warning of what is unknown; another one does.
    blind.findings = {finding(Severity::warning, u"orders"_s, u"orders cannot be seen"_s)};
    blind.findings[0].id = u"blind:pgboss:"_s;
    QCOMPARE(checkAnswer(polled(blind), {}).state, CheckState::unknown);
    blind.findings.push_back(finding(Severity::warning, u"orders"_s, u"orders is bad"_s));
    QCOMPARE(checkAnswer(polled(blind), {}).state, CheckState::warning);
    blind.findings[0].severity = Severity::critical;
    blind.findings[0].id = u"x"_s;
    QCOMPARE(checkAnswer(polled(blind), {}).state, CheckState::critical);

    Reading nothing = reading({});
    nothing.systems[0].capabilities.set(u"ready"_s, false, why);
    QCOMPARE(checkAnswer(polled(nothing), {}).state, CheckState::unknown);
    Reading streams = reading();
    streams.systems[0].identity.system = u"redis_stream"_s;
    streams.systems[0].queues[0].reading.dead = Count::notObservable(u"streams have no dead letters"_s);
    QCOMPARE(checkAnswer(polled(streams), {}).state, CheckState::ok);
}

void PrintersTest::noneIsSaidOnlyWhereOneWouldBeSeen() {
    DeadAnswer answer;
    answer.page.total = Count::exact(0);
    QCOMPARE(deadText(answer, {.width = 160}), u"No dead job matches.\n"_s);
    answer.page.total = Count::notObservable(u"The role app may not read pgboss.job."_s);
    QVERIFY(deadText(answer, {.width = 160}).contains(u"may not read pgboss.job"_s));
    Reading retries = reading();
    retries.systems[0].queues[0].reading.retrying = Count::notObservable(u"no right"_s);
    retries.systems[0].queues[0].reading.retry_due.provenance = Provenance::not_observable;
    retries.systems[0].queues[0].reading.retry_due.method = u"no right"_s;
    QVERIFY(retriesText(retries, {}).contains(u"cannot be seen: no right"_s));
    Reading leases = reading();
    leases.systems[0].leases.gap = u"no right"_s;
    QVERIFY(!leasesText(leases, false, {}).contains(u"no job is claimed"_s));
}

// Where something waits and the forecast lacks polls, nothing found is not "ok"; what was found is told.
void PrintersTest::checkIsUnknownWhileItLearns() {
    Reading learning = reading();
    learning.systems[0].queues[0].forecast = DrainForecast{.polls = 3};
    const auto answer = checkAnswer(polled(learning), {});
    QCOMPARE(answer.state, CheckState::unknown);
    QVERIFY2(answer.line.contains(u"--window"_s), qPrintable(answer.line));
    // Enough polls, but nothing has left for less than workers may stay away.
    learning.systems[0].queues[0].forecast = DrainForecast{.polls = 6, .too_soon = true};
    PolledWindow six = polled(learning);
    six.costs.polls.resize(6);
    QCOMPARE(checkAnswer(six, {}).state, CheckState::unknown);
    QVERIFY2(checkAnswer(six, {}).line.contains(u"none has left so far"_s),
             qPrintable(checkAnswer(six, {}).line));
    learning.findings = {finding(Severity::warning, u"orders"_s, u"orders is bad"_s)};
    QCOMPARE(checkAnswer(polled(learning), {}).state, CheckState::warning);
    learning.findings.clear();
    learning.systems[0].queues[0].reading.ready = Count::exact(0);
    QCOMPARE(checkAnswer(polled(learning), {}).state, CheckState::ok);
}

void PrintersTest::anEmptyColumnGoesWhereItMay() {
    TextTable table({u"job"_s, u"kind?"_s, u"age>"_s, u"note?"_s, u"owner"_s});
    table.add({{u"1"_s}, {}, {u"9 s"_s}, {u"late"_s}, {}});
    QCOMPARE(table.text({}), u"job  age  note  owner\n1    9 s  late\n"_s);
}

void PrintersTest::aLongLineIsBrokenUnderItsText() {
    QCOMPARE(fitted(u"WARNING   one two three four"_s, 20), u"WARNING   one two\n          three four"_s);
    QCOMPARE(fitted(u"short\none two"_s, 5), u"short\none\ntwo"_s);
    QCOMPARE(fitted(u"a wordthatisverylong b"_s, 8), u"a\nwordthatisverylong\nb"_s);
    QCOMPARE(fitted(u"one two three"_s, 0), u"one two three"_s);
    const QString red = painted(u"CRITICAL"_s, Paint::critical, true);
    QCOMPARE(visibleLength(red), 8);
    // Colours have no width.
    QCOMPARE(fitted(red + u"  1234 5678 9012"_s, 24), red + u"  1234 5678 9012"_s);
    QCOMPARE(fitted(red + u"  1234 5678 9012"_s, 23), red + u"  1234 5678\n          9012"_s);
}

void PrintersTest::columnsGoByImportance() {
    TextTable table({u"queue"_s, u"ready>"_s, u"retries>"_s, u"twice>"_s, u"backlog"_s});
    table.mayDrop({u"retries"_s, u"twice"_s});
    table.add({{u"orders"_s}, {u"40 000"_s}, {u"3.0×"_s}, {u"0"_s, Paint::faint}, {u"never drains"_s}});
    const QString all =
        u"queue    ready  retries  twice  backlog\norders  40 000     3.0×      0  never drains\n"_s;
    QCOMPARE(table.text({}), all);
    QCOMPARE(table.text({.width = 44}), all);
    // The column that says nothing goes before the one that is named first.
    QCOMPARE(table.text({.width = 43}),
             u"queue    ready  retries  backlog\norders  40 000     3.0×  never drains\n"
             "No room for: twice. --wide shows all.\n"_s);
    QVERIFY(
        table.text({.width = 30}).startsWith(u"queue    ready  backlog\norders  40 000  never drains\n"_s));
    // A number is never cut, nor the name while anything else can be.
    QVERIFY(table.text({.width = 25}).startsWith(u"queue    ready  backlog\norders  40 000  never dr…\n"_s));
}

void PrintersTest::theLastColumnIsBrokenWhereOthersAreCut() {
    TextTable table({u"job"_s, u"owner"_s, u"why"_s});
    table.wrapLast();
    table.add({{u"1"_s}, {u"somebody"_s}, {u"expired an hour ago by its own rule"_s, Paint::warning}});
    QCOMPARE(table.text({.width = 35}),
             u"job  owner     why\n1    somebody  expired an hour ago\n               by its own rule\n"_s);
}

void PrintersTest::statusFitsEveryWidth_data() {
    QTest::addColumn<int>("width");
    for (const int width : {40, 60, 80, 100, 132, 200}) QTest::addRow("%d", width) << width;
}

void PrintersTest::statusFitsEveryWidth() {
    QFETCH(int, width);
    Reading r = reading({u"orders"_s, u"a-queue-with-a-name-of-quite-some-length"_s});
    r.findings = {
        finding(Severity::critical, u"orders"_s, u"orders will never drain at what its workers clear"_s)};
    r.findings[0].evidence = u"40 000 wait, 250 arrive each second and 50 leave, over the last minute"_s;
    for (const QString& line : statusText(r, costs(), {.colours = true, .width = width}).split(u'\n'))
        QVERIFY2(visibleLength(line) <= width, qPrintable(line));
    QVERIFY(statusText(r, costs(), {.width = width}).contains(u"a-queue-w"_s));
    QVERIFY(statusText(r, costs(), {}).contains(u"oldest dead"_s));
}

void PrintersTest::performanceDataFollowsThePluginRules() {
    const QString data = performanceData(reading());
    QCOMPARE(data,
             u"'orders_ready'=40000;;;0 'orders_oldest_age_s'=211.5s;;;0 'orders_dead'=10000;;;0 "
             "'orders_growth'=200.00;;; 'orders_dead_oldest_age_s'=U 'orders_amplification'=U "
             "'orders_duplicate_claims'=U 'orders_duplicate_upper95_ppm'=U 'orders_stuck'=U"_s);
    Reading measured = reading();
    auto& queue = measured.systems[0].queues[0];
    queue.retry.amplification = Ratio::exact(3.125);
    queue.duplicates = duplicateClaims(Count::exact(300'000), Count::exact(0));
    queue.stuck = Count::exact(2);
    const QString known = performanceData(measured);
    QVERIFY2(known.contains(u"'orders_amplification'=3.125;;;1 'orders_duplicate_claims'=0;;;0 "
                            "'orders_duplicate_upper95_ppm'=10.0;;;0 'orders_stuck'=2;;;0"_s),
             qPrintable(known));
    const QString odd = performanceData(reading({u"it's = a|b"_s}));
    QVERIFY2(odd.startsWith(u"'it''s _ a/b_ready'=40000"_s), qPrintable(odd));
    Reading unseen = reading();
    unseen.systems[0].queues[0].reading.dead = Count::notObservable(u"no trace"_s);
    QVERIFY(performanceData(unseen).contains(u"'orders_dead'=U "_s));
}

void PrintersTest::severalSystemsAreTold() {
    Reading r = reading();
    r.systems.push_back(r.systems[0]);
    r.systems[1].identity = {u"pgboss"_s, u"pg-boss"_s, u"46"_s, u"other"_s};
    const QString data = performanceData(r);
    QVERIFY2(data.contains(u"'pgboss:other/orders_ready'="_s), qPrintable(data));
}

void PrintersTest::deadJobsOfSeveralSystemsAreToldApart() {
    DeadAnswer answer;
    answer.page.jobs = {DeadJob{.system = u"bullmq"_s, .id = u"1"_s, .queue = u"mail"_s}};
    QVERIFY(!deadText(answer, {.width = 120}).contains(u"bullmq"_s));
    answer.page.jobs.push_back(DeadJob{.system = u"sidekiq"_s, .id = u"1"_s, .queue = u"mail"_s});
    const QString text = deadText(answer, {.width = 120});
    QVERIFY(text.contains(u"bullmq"_s) && text.contains(u"sidekiq"_s));
}

void PrintersTest::queueFilterKeepsSystemFindings() {
    Reading r = reading({u"orders"_s, u"emails"_s});
    r.findings = {finding(Severity::critical, u"orders"_s, u"a"_s),
                  finding(Severity::warning, u"emails"_s, u"b"_s),
                  finding(Severity::warning, {}, u"no workers"_s)};
    for (Finding& f : r.findings) f.system = r.systems[0].identity.key();
    QStringList missing;
    const Reading kept = onlyQueues(r, {u"emails"_s, u"nope"_s}, missing);
    QCOMPARE(missing, QStringList{u"nope"_s});
    QCOMPARE(kept.systems[0].queues.size(), std::size_t{1});
    QCOMPARE(kept.findings.size(), std::size_t{2});
    QCOMPARE(kept.findings[0].title, u"b"_s);
    QCOMPARE(kept.findings[1].title, u"no workers"_s);
}

void PrintersTest::queueFilterLeavesOutOtherSystemsAndWorkers() {
    Reading r = reading({u"orders"_s});
    r.systems.push_back(r.systems[0]);
    r.systems[1].identity = {u"river"_s, u"River"_s, u"6"_s, u"public"_s};
    r.systems[1].queues[0].reading.queue = u"mails"_s;
    r.systems[0].workers.list = {Worker{.id = u"a"_s, .queues = {u"orders"_s}},
                                 Worker{.id = u"b"_s, .queues = {u"other"_s}}, Worker{.id = u"c"_s},
                                 Worker{.id = u"d"_s, .queues = {u"*"_s}}};
    Finding ofRiver = finding(Severity::critical, {}, u"River has no live worker"_s);
    ofRiver.system = r.systems[1].identity.key();
    Finding ofServer = finding(Severity::warning, {}, u"clocks differ"_s);
    ofServer.system.clear();
    r.findings = {ofRiver, ofServer};
    QStringList missing;
    const Reading kept = onlyQueues(r, {u"orders"_s}, missing);
    QCOMPARE(kept.systems.size(), std::size_t{1});
    QCOMPARE(kept.findings.size(), std::size_t{1});
    QCOMPARE(kept.findings[0].title, u"clocks differ"_s);
    QStringList workers;
    for (const auto& worker : kept.systems[0].workers.list) workers << worker.id;
    QCOMPARE(workers, (QStringList{u"a"_s, u"c"_s, u"d"_s}));
}

QTEST_GUILESS_MAIN(PrintersTest)
#include "tst_printers.moc"
