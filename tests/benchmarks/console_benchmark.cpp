// Cold start of `spillway` to a usable window, its memory with three connections, and how long the charts of
// a queue take to draw a day. Prints figures, asserts nothing. The window draws offscreen; the disk cache is
// warm after the first run.
#include <QApplication>
#include <QElapsedTimer>
#include <QFile>
#include <QProcess>
#include <QTemporaryDir>
#include <QTextStream>
#include <QThread>
#include <algorithm>
#include <array>
#include <ctime>

#include "app/demo/private_postgres.h"
#include "app/demo/private_redis.h"
#include "tests/support/invented_scene.h"
#include "tests/support/reading_builder.h"
#include "widgets/charts/backlog_card.h"
#include "widgets/charts/queue_history.h"
#include "widgets/charts/time_view.h"
#include "widgets/pages/queue_page.h"
#include "widgets/pages/workspace.h"
#include "widgets/parts/theme.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

constexpr int kRuns = 7;
QTextStream out(stdout);

struct Start {
    double usable_ms = -1;
    double readings_ms = -1;  // until every connection has shown one
    double rss_mb = -1;
};

double residentMegabytes(qint64 pid) {
    QFile status(u"/proc/%1/status"_s.arg(pid));
    if (!status.open(QIODevice::ReadOnly)) return -1;
    for (const QByteArray& line : status.readAll().split('\n'))
        if (line.startsWith("VmRSS:")) return line.simplified().split(' ').value(1).toDouble() / 1024;
    return -1;
}

Start start(const QStringList& urls, int settle_s) {
    QTemporaryDir home;
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"SPILLWAY_STARTUP_TRACE"_s, u"1"_s);
    environment.insert(u"QT_QPA_PLATFORM"_s, u"offscreen"_s);
    environment.insert(u"XDG_CONFIG_HOME"_s, home.path());
    environment.insert(u"XDG_STATE_HOME"_s, home.path());
    process.setProcessEnvironment(environment);
    Start result;
    QElapsedTimer clock;
    clock.start();
    process.start(QCoreApplication::applicationDirPath() + u"/spillway"_s, urls, QIODevice::ReadOnly);
    process.setReadChannel(QProcess::StandardError);
    qsizetype readings = 0;
    while (clock.elapsed() < 15'000 && (result.usable_ms < 0 || readings < urls.size())) {
        if (!process.canReadLine() && !process.waitForReadyRead(15'000)) break;
        const QByteArray line = process.readLine().trimmed();
        const double now = static_cast<double>(clock.nsecsElapsed()) / 1e6;
        if (line == "usable") result.usable_ms = now;
        if (line.startsWith("reading ") && ++readings == urls.size()) result.readings_ms = now;
    }
    QThread::sleep(static_cast<unsigned long>(settle_s));
    result.rss_mb = residentMegabytes(process.processId());
    process.terminate();
    if (!process.waitForFinished(5000)) process.kill();
    process.waitForFinished(5000);
    return result;
}

// What this thread has used: unlike the clock on the wall it does not count what else the machine does.
double busyMilliseconds() {
    timespec used{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
    return static_cast<double>(used.tv_sec) * 1e3 + static_cast<double>(used.tv_nsec) / 1e6;
}

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    return values[values.size() / 2];
}

bool sql(const QString& url, const QString& statement) {
    return QProcess::execute(u"psql"_s,
                             {u"-q"_s, u"-v"_s, u"ON_ERROR_STOP=1"_s, u"-d"_s, url, u"-c"_s, statement}) == 0;
}

// One of the demo's SQL files, its placeholders filled in.
QString scenario(const QString& name) {
    QFile file(QStringLiteral(SPILLWAY_SOURCE_DIR "/resources/scenarios/pgboss/") + name);
    if (!file.open(QIODevice::ReadOnly)) return {};
    QString text = QString::fromUtf8(file.readAll());
    return text.replace(u"{pid}"_s, u"1"_s)
        .replace(u"{queue}"_s, u"orders"_s)
        .replace(u"{retry_limit}"_s, u"2"_s)
        .replace(u"{retry_delay}"_s, u"1"_s)
        .replace(u"{deletion}"_s, u"604800"_s);
}

// A day of the history, by the minute, with every series.
QueuePast day(double to) {
    QueuePast past{to - 86400, to, 60, {}};
    for (size_t i = 0; i < kChartSeries; ++i) {
        auto& points = past.metrics[metricName(static_cast<ChartSeries>(i))];
        for (double at = past.from; at < to; at += 60) {
            const double value = 1000 * (1.1 + std::sin(at / 7000 + static_cast<double>(i)));
            const double spread = 60 * std::abs(std::sin(at / 130));
            points.push_back({at, value - spread, value + spread, value + spread * std::sin(at), false});
        }
    }
    past.metrics.remove(QString());
    return past;
}

void chartsOfADay() {
    const Theme theme(*qApp, ThemeMode::dark);
    const QueueRef orders{u"prod-pg"_s, u"pgboss"_s, u"orders"_s};
    QueuePage page;
    page.resize(1200, 760);
    page.setQueue(orders);
    page.setRange(24 * 60);
    test::InventedScene scene;
    for (double ago = 3600; ago >= 0; ago -= 10) page.setConnections(scene.at(ago));
    page.takePast(orders, day(static_cast<double>(millisSinceEpoch(test::someNight())) / 1000));
    page.show();
    QCoreApplication::processEvents();
    std::vector<double> page_ms, busy_ms, crosshair_ms;
    std::array<std::vector<double>, 4> card_ms;
    QElapsedTimer clock;
    for (int run = 0; run < 60; ++run) {
        clock.start();
        const double busy = busyMilliseconds();
        for (auto* card : page.cards()) card->chart()->replotNow();
        QCoreApplication::processEvents();
        page_ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        busy_ms.push_back(busyMilliseconds() - busy);
        for (size_t i = 0; i < card_ms.size(); ++i) {
            const double before = busyMilliseconds();
            page.cards()[i]->chart()->replotNow();
            QCoreApplication::processEvents();
            card_ms[i].push_back(busyMilliseconds() - before);
        }
        page.view().setCrosshair(page.view().now() - 60.0 * run - 30);
        QCoreApplication::processEvents();
        clock.start();
        page.view().setCrosshair(page.view().now() - 60.0 * run);
        QCoreApplication::processEvents();
        crosshair_ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        page.view().setCrosshair(std::nullopt);  // at a poll there mostly is none
        QCoreApplication::processEvents();
    }
    out << "four charts of a day drawn anew            median " << median(page_ms) << " ms   (aim: 8 ms), "
        << median(busy_ms) << " ms of a core; each alone";
    for (const auto& each : card_ms) out << ' ' << median(each);
    out << '\n'
        << "crosshair moved in all four                median " << median(crosshair_ms) << " ms\n"
        << Qt::flush;
}

// From a queue's page back to the overview, painted; among a thousand other queues.
void backToTheOverview() {
    const Theme theme(*qApp, ThemeMode::dark);
    const QueueRef orders{u"prod-pg"_s, u"pgboss"_s, u"orders"_s};
    test::ReadingBuilder many(u"many"_s);
    many.system(u"bullmq"_s, u"BullMQ"_s, {});
    for (int i = 0; i < 1000; ++i) many.queue(test::QueueBuilder(u"queue-%1"_s.arg(i)).waiting(i));
    const ConnectionView wide = withReading({.name = u"many"_s}, many.build(), QDateTime::currentDateTime());
    test::InventedScene scene;
    Workspace window;
    window.resize(1440, 900);
    window.show();
    std::vector<double> there_ms, back_ms, busy_ms;
    QElapsedTimer clock;
    for (double ago = 600; ago >= 0; ago -= 10) {
        ConnectionViews views = scene.at(ago);
        views.push_back(wide);
        window.setConnections(views);
        clock.start();
        window.showQueue(orders);
        QCoreApplication::processEvents();
        there_ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        clock.start();
        const double busy = busyMilliseconds();
        window.showOverview();
        QCoreApplication::processEvents();
        back_ms.push_back(static_cast<double>(clock.nsecsElapsed()) / 1e6);
        busy_ms.push_back(busyMilliseconds() - busy);
    }
    out << "back to the overview, 1 000 queues         median " << median(back_ms) << " ms, worst "
        << *std::ranges::max_element(back_ms) << " ms   (aim: 100 ms), " << median(busy_ms)
        << " ms of a core\n"
        << "to a queue's page                          median " << median(there_ms) << " ms\n"
        << Qt::flush;
}

}  // namespace

int main(int argc, char** argv) {
    if (!qEnvironmentVariableIsSet("QT_QPA_PLATFORM")) qputenv("QT_QPA_PLATFORM", "offscreen");
    QApplication application(argc, argv);
    chartsOfADay();
    backToTheOverview();
    if (application.arguments().contains(u"--charts"_s)) return 0;
    auto postgres = PrivatePostgres::start();
    auto redis = PrivateRedis::start();
    auto other = PrivateRedis::start();
    if (!postgres || !redis || !other) {
        out << "the private servers did not start\n";
        return 1;
    }
    const QString pg = (*postgres)->url();
    if (!sql(pg, scenario(u"schema.sql"_s)) || !sql(pg, scenario(u"queue.sql"_s))) return 1;
    for (const auto* server : {redis.value().get(), other.value().get()})
        QProcess::execute(u"redis-cli"_s, {u"-s"_s, server->socketPath(), u"hset"_s, u"bull:mail:meta"_s,
                                           u"version"_s, u"bullmq:6.7.0"_s});
    const QStringList urls{pg, (*redis)->url(), (*other)->url()};

    std::vector<double> bare, usable, readings;
    for (int run = 0; run < kRuns; ++run) {
        const Start empty = start({}, 0);
        const Start three = start(urls, 0);
        if (run == 0) continue;  // warms the disk cache
        bare.push_back(empty.usable_ms);
        usable.push_back(three.usable_ms);
        readings.push_back(three.readings_ms);
    }
    const Start settled = start(urls, 20);
    out << "start to usable window, no connection      median " << median(bare) << " ms of " << bare.size()
        << " runs\n"
        << "start to usable window, three connections  median " << median(usable) << " ms   (aim: 400 ms)\n"
        << "start to three readings on the screen      median " << median(readings) << " ms\n"
        << "resident memory, three connections, 20 s   " << settled.rss_mb << " MB   (aim: 150 MB)\n";
    return 0;
}
