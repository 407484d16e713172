// What is packaged agrees with the program, and is what the desktop's own tools call valid.
#include <QDirIterator>
#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>

#include "tests/support/program_run.h"
#include "tests/support/real_libraries.h"

using namespace spillway::test;
using namespace Qt::StringLiterals;

namespace {

QString packaged(const QString& name) {
    QFile file(QStringLiteral(SPILLWAY_SOURCE_DIR "/packaging/") + name);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

bool installed(const QString& tool) {
    return !QStandardPaths::findExecutable(tool).isEmpty();
}

ProgramRun run(const QString& program, const QStringList& arguments) {
    QProcess process;
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.setWorkingDirectory(QStringLiteral(SPILLWAY_SOURCE_DIR "/packaging"));
    process.start(program, arguments, QIODevice::ReadOnly);
    return finish(process);
}

QString firstMatch(const QString& pattern, const QString& text) {
    return QRegularExpression(pattern, QRegularExpression::MultilineOption).match(text).captured(1);
}

}  // namespace

class PackagingTest : public QObject {
    Q_OBJECT
private slots:
    void everyFileIsFormatted();
    void oneVersion() {
        const QString version = runSpillwayctl({u"--version"_s}).out.trimmed().section(u' ', 1);
        QVERIFY(!version.isEmpty());
        QCOMPARE(firstMatch(u"^## ([0-9.]+)"_s, packaged(u"CHANGELOG.md"_s)), version);
        QCOMPARE(firstMatch(u"<release version=\"([^\"]+)\""_s, packaged(u"spillway.metainfo.xml"_s)),
                 version);
    }

    void theManualKnowsEveryCommand() {
        const QString manual = packaged(u"man/spillwayctl.1"_s).remove(u'\\');
        static const QRegularExpression command(u"^  ([a-z][a-z-]*) {2,}"_s,
                                                QRegularExpression::MultilineOption);
        int commands = 0;
        for (auto it = command.globalMatch(runSpillwayctl({u"--help"_s}).out); it.hasNext(); ++commands) {
            const QString name = it.next().captured(1);
            QVERIFY2(manual.contains(QRegularExpression(u"\\b%1\\b"_s.arg(name))), qPrintable(name));
        }
        QVERIFY(commands > 15);
        QVERIFY(manual.contains(u"--wide"_s));
    }

    // The README's table of systems is what the program says of itself.
    void theReadmeSaysWhatTheSystemsShow() {
        const auto printed = runSpillwayctl({u"systems"_s, u"--markdown"_s});
        QCOMPARE(printed.code, 0);
        const QString readme = packaged(u"../README.md"_s);
        const QString begin = u"<!-- systems: spillwayctl systems --markdown -->\n"_s;
        const auto at = readme.indexOf(begin);
        QVERIFY(at > 0);
        const QString table = readme.mid(at + begin.size()).section(u"<!-- /systems -->"_s, 0, 0);
        QVERIFY(table.contains(u"| **replay** | yes |"_s));
        QCOMPARE(table, printed.out);
    }

    void theDesktopFileIsValid() {
        SKIP_UNLESS(installed(u"desktop-file-validate"_s), "desktop-file-validate is not installed");
        const auto checked = run(u"desktop-file-validate"_s, {u"--no-hints"_s, u"spillway.desktop"_s});
        QVERIFY2(checked.code == 0 && checked.out.isEmpty(), qPrintable(checked.out));
    }

    // The one warning there may be: the project has no domain whose name it could turn round.
    void theMetainfoIsValid() {
        SKIP_UNLESS(installed(u"appstreamcli"_s), "appstreamcli is not installed");
        const auto checked = run(u"appstreamcli"_s,
                                 {u"validate"_s, u"--no-net"_s, u"--no-color"_s, u"spillway.metainfo.xml"_s});
        static const QRegularExpression complaint(u"^[EW]: [^ ]+ ([a-z-]+)"_s,
                                                  QRegularExpression::MultilineOption);
        for (auto it = complaint.globalMatch(checked.out); it.hasNext();)
            QVERIFY2(it.next().captured(1) == u"cid-desktopapp-is-not-rdns"_s, qPrintable(checked.out));
        QVERIFY2(checked.out.contains(u"alidation"_s), qPrintable(checked.out));
    }
};

// By the version of Debian 12: others break lines elsewhere.
void PackagingTest::everyFileIsFormatted() {
    if (!installed(u"clang-format"_s)) QSKIP("clang-format is not installed");
    if (!run(u"clang-format"_s, {u"--version"_s}).out.contains(u" 14."_s))
        QSKIP("clang-format is of another version");
    QStringList files;
    for (const auto& folder : {u"app"_s, u"backends"_s, u"widgets"_s, u"tests"_s}) {
        QDirIterator found(QStringLiteral(SPILLWAY_SOURCE_DIR "/") + folder, {u"*.cpp"_s, u"*.h"_s},
                           QDir::Files, QDirIterator::Subdirectories);
        while (found.hasNext())
            if (const QString file = found.next(); !file.contains(u"/node_modules/"_s)) files << file;
    }
    QVERIFY(files.size() > 500);
    const auto checked = run(u"clang-format"_s, QStringList{u"--dry-run"_s, u"-Werror"_s} + files);
    QVERIFY2(checked.code == 0, qPrintable(checked.out.left(2000)));
}

QTEST_GUILESS_MAIN(PackagingTest)
#include "tst_packaging.moc"
