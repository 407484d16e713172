// The one arrow: app → widgets → backends, by includes, and a command line program without Qt Gui.
#include <QDirIterator>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

using namespace Qt::StringLiterals;

class LayersTest : public QObject {
    Q_OBJECT
private slots:
    void includesFollowTheArrow_data();
    void includesFollowTheArrow();
    void aQueueSystemOfRedisIsKnownInOnePlace();
    void theCommandLineLinksNoGui();
    void aTypeHasOneHome();
    void fewFilesKnowAForeignLibrary_data();
    void fewFilesKnowAForeignLibrary();

private:
    // path → the lines of its includes
    static QMap<QString, QStringList> includes(const QString& folder);
};

QMap<QString, QStringList> LayersTest::includes(const QString& folder) {
    static const QRegularExpression include(u"^\\s*#\\s*include\\s*[<\"]([^>\"]+)[>\"]"_s,
                                            QRegularExpression::MultilineOption);
    QMap<QString, QStringList> found;
    QDirIterator files(QStringLiteral(SPILLWAY_SOURCE_DIR "/") + folder, {u"*.h"_s, u"*.cpp"_s}, QDir::Files,
                       QDirIterator::Subdirectories);
    while (files.hasNext()) {
        QFile file(files.next());
        if (!file.open(QIODevice::ReadOnly)) continue;
        QStringList& list = found[file.fileName()];
        for (auto it = include.globalMatch(QString::fromUtf8(file.readAll())); it.hasNext();)
            list << it.next().captured(1);
    }
    return found;
}

// Two types of one name in two headers are one to the linker, which then runs the wrong destructor.
void LayersTest::aTypeHasOneHome() {
    static const QRegularExpression definition(
        u"^(?:class|struct|enum class) (\\w+)(?: final)?(?: :[^;]*)? \\{"_s,
        QRegularExpression::MultilineOption);
    QMap<QString, QStringList> homes;
    for (const auto& folder : {u"backends"_s, u"widgets"_s, u"app"_s}) {
        QDirIterator files(QStringLiteral(SPILLWAY_SOURCE_DIR "/") + folder, {u"*.h"_s}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            QFile file(files.next());
            QVERIFY(file.open(QIODevice::ReadOnly));
            for (auto it = definition.globalMatch(QString::fromUtf8(file.readAll())); it.hasNext();)
                homes[it.next().captured(1)] << file.fileName();
        }
    }
    QVERIFY2(homes.contains(u"QueueReading"_s) && homes.contains(u"MainWindow"_s),
             "the pattern finds nothing");
    for (auto it = homes.cbegin(); it != homes.cend(); ++it)
        QVERIFY2(it->size() == 1, qPrintable(it.key() + u" is defined in "_s + it->join(u" and "_s)));
}

void LayersTest::includesFollowTheArrow_data() {
    QTest::addColumn<QString>("folder");
    QTest::addColumn<QString>("forbidden");
    QTest::newRow("backends")
        << u"backends"_s
        << u"^(app|widgets|tests)/|^Q(Widget|Application|Painter|Pixmap|Icon|GuiApplication)$"_s;
    QTest::newRow("domain") << u"backends/domain"_s << u"^backends/(?!domain/)"_s;
    QTest::newRow("health") << u"backends/health"_s << u"^backends/(?!domain/|health/)"_s;
    QTest::newRow("widgets")
        << u"widgets"_s
        << u"^(app|tests)/|^backends/(?!domain/|health/|remediation/|checklist/"
           u"(?!checklist_store)|drill/(claim_drill|parity|drill_document).h)|^(pqxx|hiredis)/"
           u"|acting_backend.h"_s;
    QTest::newRow("remediation") << u"backends/remediation"_s
                                 << u"^backends/(?!domain/|health/|remediation/)"_s;
    QTest::newRow("cli") << u"app/cli"_s << u"^(widgets|app/console|tests)/|^(pqxx|hiredis)/"_s;
    QTest::newRow("demo") << u"app/demo"_s << u"^(widgets|app/console|app/cli|tests)/"_s;
    QTest::newRow("connections") << u"app/connections"_s
                                 << u"^(widgets|app/console|app/cli|app/demo|tests)/"_s;
    QTest::newRow("live") << u"app/live"_s
                          << u"^(widgets|app/console|app/cli|app/demo|tests)/|^(pqxx|hiredis)/"_s;
    QTest::newRow("acting")
        << u"app/acting"_s
        << u"^(app/console|app/cli|app/demo|tests)/|^widgets/(?!models/)|^(pqxx|hiredis)/"_s;
    QTest::newRow("console") << u"app/console"_s << u"^(app/cli|tests)/|^(pqxx|hiredis)/"_s;
}

// A further one is a line of the table of kinds and a folder.
void LayersTest::aQueueSystemOfRedisIsKnownInOnePlace() {
    static const QRegularExpression room(u"backends/redis/(bullmq|rq|sidekiq|streams)/"_s);
    QStringList knowing;
    for (const auto& folder : {u"backends"_s, u"app"_s}) {
        const auto files = includes(folder);
        for (auto it = files.begin(); it != files.end(); ++it)
            for (const auto& line : it.value())
                if (const auto match = room.match(line);
                    match.hasMatch() && !it.key().contains(match.captured(0)))
                    knowing << QFileInfo(it.key()).fileName();
    }
    knowing.removeDuplicates();
    QCOMPARE(knowing, QStringList{u"redis_kinds.cpp"_s});
}

void LayersTest::includesFollowTheArrow() {
    QFETCH(QString, folder);
    QFETCH(QString, forbidden);
    const QRegularExpression wrong(forbidden);
    const auto files = includes(folder);
    QVERIFY2(!files.isEmpty(), qPrintable(folder));
    QStringList broken;
    for (auto it = files.begin(); it != files.end(); ++it)
        for (const auto& line : it.value())
            if (wrong.match(line).hasMatch()) broken << it.key() + u" includes "_s + line;
    QVERIFY2(broken.isEmpty(), qPrintable(broken.join(u'\n')));
}

void LayersTest::theCommandLineLinksNoGui() {
    QProcess ldd;
    ldd.start(u"ldd"_s, {QStringLiteral(SPILLWAY_BINARY_DIR "/spillwayctl")});
    QVERIFY(ldd.waitForFinished());
    const QString libraries = QString::fromUtf8(ldd.readAllStandardOutput());
    QVERIFY2(libraries.contains(u"libQt6Core"_s), qPrintable(libraries));
    for (const auto& gui : {u"libQt6Gui"_s, u"libQt6Widgets"_s, u"libQt6PrintSupport"_s, u"libqcustomplot"_s})
        QVERIFY2(!libraries.contains(gui, Qt::CaseInsensitive), qPrintable(gui));
}

void LayersTest::fewFilesKnowAForeignLibrary_data() {
    QTest::addColumn<QString>("header");
    QTest::addColumn<int>("most");
    QTest::newRow("libpqxx") << u"pqxx/"_s << 5;
    QTest::newRow("hiredis") << u"hiredis/"_s << 3;
    QTest::newRow("QCustomPlot") << u"qcustomplot.h"_s << 6;
}

void LayersTest::fewFilesKnowAForeignLibrary() {
    QFETCH(QString, header);
    QStringList users;
    for (const auto& folder : {u"app"_s, u"widgets"_s, u"backends"_s}) {
        const auto files = includes(folder);
        for (auto it = files.begin(); it != files.end(); ++it)
            if (std::any_of(it.value().begin(), it.value().end(),
                            [&](const auto& i) { return i.startsWith(header); }))
                users << it.key();
    }
    QFETCH(int, most);
    QVERIFY2(users.size() <= most, qPrintable(users.join(u'\n')));
}

QTEST_GUILESS_MAIN(LayersTest)
#include "tst_layers.moc"
