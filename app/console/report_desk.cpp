#include "app/console/report_desk.h"

#include <QBuffer>
#include <QImage>
#include <QPainter>
#include <QSvgRenderer>

#include "app/connections/redaction_file.h"
#include "backends/journal/action_journal.h"
#include "backends/report/gathered_report.h"
#include "backends/report/report_dead.h"
#include "backends/report/report_writing.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr double kReportSharpness = 2;

ReportPicture png(const ReportChart& chart) {
    QSvgRenderer renderer(reportChartSvg(chart));
    QImage image((QSizeF(renderer.defaultSize()) * kReportSharpness).toSize(), QImage::Format_RGB32);
    image.fill(Qt::white);
    QPainter painter(&image);
    renderer.render(&painter);
    painter.end();
    QBuffer buffer;
    image.save(&buffer, "PNG");
    return {buffer.data(), u"png"_s};
}

struct Written {
    QStringList paths;
    QString note;
};

Outcome<Written> writeWish(const ReportWish& wish, const QString& history, const QString& journal,
                           const RedactionRules& rules, const std::vector<ConnectionSettings>& connections) {
    const SystemClock clock;
    auto store = HistoryStore::open({.path = history, .only_read = true}, clock);
    if (!store) return store.failure();
    const auto time = [](const QDateTime& at) { return serverTimeFromMillis(at.toMSecsSinceEpoch()); };
    auto gathered = gatherReport(**store, journal,
                                 {time(wish.from), time(wish.to), wish.about.connection, wish.about.queue});
    if (!gathered) return gathered.failure();
    IncidentReport report = std::move(gathered).value();
    for (const ConnectionSettings& settings : connections)
        addDeadLetters(report, settings, createBackend(settings), rules);
    const auto paths = writeReport(report, wish.path, png);
    if (!paths) return paths.failure();
    QStringList notes = report.notes;
    for (const ReportDead& dead : report.dead)
        if (!dead.failure.isEmpty()) notes << u"Dead letters of %1: %2"_s.arg(dead.connection, dead.failure);
    return Written{*paths, notes.join(u' ')};
}

}  // namespace

ReportDesk::ReportDesk(SettingsOf settingsOf, HistoryOf historyOf, QString journal, QString redactionFile,
                       QObject* parent)
    : QObject(parent), m_settingsOf(std::move(settingsOf)), m_historyOf(std::move(historyOf)),
      m_journal(journal.isEmpty() ? ActionJournal::defaultPath() : std::move(journal)),
      m_redactionFile(std::move(redactionFile)) {}

ReportDesk::~ReportDesk() {
    if (m_thread) m_thread->wait();
}

void ReportDesk::write(const ReportWish& wish) {
    if (m_thread && m_thread->isRunning()) {
        emit failed(
            u"Not written"_s,
            {FailureKind::usage, u"Another report is being written."_s, {}, u"Try again in a moment."_s});
        return;
    }
    std::vector<ConnectionSettings> connections;
    if (!wish.about.connection.isEmpty())
        if (auto settings = m_settingsOf(wish.about.connection)) connections.push_back(*std::move(settings));
    m_thread.reset(QThread::create([this, wish, connections, history = m_historyOf(wish.about.connection),
                                    journal = m_journal, redactionFile = m_redactionFile] {
        const auto done = writeWish(wish, history, journal, redactionRules(redactionFile), connections);
        QMetaObject::invokeMethod(
            this,
            [this, done] {
                if (done)
                    emit written(done->paths, done->note);
                else
                    emit failed(u"The report was not written"_s, done.failure());
            },
            Qt::QueuedConnection);
    }));
    m_thread->setObjectName(u"spillway-report"_s);
    m_thread->start();
}

}  // namespace spillway
