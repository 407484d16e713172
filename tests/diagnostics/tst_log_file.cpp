// The log: redacted, one line for each message, not without end, for its owner's eyes.
#include <spdlog/sinks/sink.h>
#include <spdlog/spdlog.h>

#include <QDir>
#include <QProcess>
#include <QTemporaryDir>
#include <QtTest>

#include "backends/diagnostics/diagnostics.h"
#include "backends/diagnostics/log_file.h"

using namespace spillway;
using namespace Qt::StringLiterals;

namespace {

const QString kSecret = u"Qz7-secret"_s;

QString contentOf(const QString& path) {
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? QString::fromUtf8(file.readAll()) : QString();
}

void useLog(const QString& path) {
    auto logger = std::make_shared<spdlog::logger>("test", logFileSink(path));
    logger->flush_on(spdlog::level::trace);
    spdlog::set_default_logger(logger);
    routeMessagesToLog();
}

}  // namespace

class TestLogFile : public QObject {
    Q_OBJECT
private slots:
    void init() { QVERIFY(m_home.isValid()); }
    void noSecretIsWritten_data();
    void noSecretIsWritten();
    void aMessageIsOneLine();
    void itDoesNotGrowWithoutEnd();
    void withoutAFolderThereIsNone();
    void theLastWordsAreRedactedToo();
    void diagnosticsHoldNoSecret();

private:
    QTemporaryDir m_home;
};

void TestLogFile::noSecretIsWritten_data() {
    QTest::addColumn<QString>("text");
    for (const char* text :
         {"cannot open postgresql://app:%1@db/x", "redis://:%1@cache:6379/0 refused",
          "unix://user:%1@/run/r.sock", "host=db user=app password=%1 dbname=x",
          "host=db password='a b\\' %1' dbname=x", "postgresql://db/x?user=app&password=%1&sslmode=require",
          "PGPASSWORD=%1 psql -h db", "REDISCLI_AUTH=%1 redis-cli", "AUTH %1", "AUTH default %1",
          "sent \"AUTH app %1\" and waited", "CONFIG SET requirepass %1", "masterauth %1",
          "ACL SETUSER app on >%1 ~* +@all", "{\"password\": \"%1\", \"user\": \"app\"}", "sslpassword=%1"})
        QTest::newRow(text) << QString::fromLatin1(text).arg(kSecret);
}

void TestLogFile::noSecretIsWritten() {
    QFETCH(QString, text);
    const QString path = m_home.filePath(u"a.log"_s);
    QFile::remove(path);
    useLog(path);
    spdlog::info("{}", text.toStdString());
    qWarning().noquote() << text;
    const QString written = contentOf(path);
    QCOMPARE(written.count(u'\n'), 2);
    QVERIFY2(!written.contains(kSecret), qPrintable(written));
    QVERIFY2(written.contains(u"***"_s), qPrintable(written));
    QCOMPARE(QFile::permissions(path) & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteOther),
             QFile::Permissions());
}

void TestLogFile::aMessageIsOneLine() {
    const QString path = m_home.filePath(u"b.log"_s);
    useLog(path);
    spdlog::warn("queue \x1b[31m{}\n2026-01-01T00:00:00 1 info all is well", "x");
    const QString written = contentOf(path);
    QCOMPARE(written.count(u'\n'), 1);
    QVERIFY(!written.contains(QChar(0x1b)));
    QCOMPARE(lastLogLines(path, 50).size(), 1);
}

void TestLogFile::itDoesNotGrowWithoutEnd() {
    const QString path = m_home.filePath(u"c.log"_s);
    useLog(path);
    const std::string line(1'000, 'x');
    for (int i = 0; i < 5'000; ++i) spdlog::info("{} {}", i, line);
    const auto files = QDir(m_home.path()).entryInfoList({u"c*.log"_s}, QDir::Files);
    QCOMPARE(files.size(), 3);
    for (const auto& file : files) {
        QVERIFY2(file.size() <= 1 << 20, qPrintable(file.fileName()));
        QCOMPARE(file.permissions() & (QFile::ReadGroup | QFile::ReadOther), QFile::Permissions());
    }
    const auto last = lastLogLines(path, 3);
    QCOMPARE(last.size(), 3);
    QVERIFY2(last.back().contains(u" 4999 x"_s), qPrintable(last.back().left(80)));
}

void TestLogFile::withoutAFolderThereIsNone() {
    QFile blocker(m_home.filePath(u"file"_s));
    QVERIFY(blocker.open(QIODevice::WriteOnly));
    QVERIFY(!logFileSink(m_home.filePath(u"file/under/x.log"_s)));
    QCOMPARE(lastLogLines(m_home.filePath(u"file/under/x.log"_s), 5), QStringList());
}

// Runs this program once more, which dies there of an exception that quotes a connection string.
void TestLogFile::theLastWordsAreRedactedToo() {
    const QString path = m_home.filePath(u"d.log"_s);
    QProcess dying;
    auto environment = QProcessEnvironment::systemEnvironment();
    environment.insert(u"DIE_WITH_LOG"_s, path);
    dying.setProcessEnvironment(environment);
    dying.start(QCoreApplication::applicationFilePath(), QStringList());
    QVERIFY(dying.waitForFinished(20'000));
    QCOMPARE(dying.exitStatus(), QProcess::CrashExit);
    const QString said = QString::fromUtf8(dying.readAllStandardError()) + contentOf(path);
    QVERIFY2(said.contains(u"a fault of its own"_s), qPrintable(said));
    QVERIFY2(!said.contains(kSecret), qPrintable(said));
}

void TestLogFile::diagnosticsHoldNoSecret() {
    qputenv("XDG_STATE_HOME", m_home.path().toLocal8Bit());
    qputenv("PGPASSWORD", kSecret.toLocal8Bit());
    useLog(logFilePath(u"spillway"_s));
    spdlog::error("redis://:{}@cache refused", kSecret.toStdString());
    const QString url = u"postgresql://app:%1@db.internal/x?sslmode=require"_s.arg(kSecret);
    auto settings = connectionFromUrl(url);
    QVERIFY(settings.ok());
    DiagnosedConnection one{*settings, {}, {}, u"no such host: "_s + url};
    one.settings.password = kSecret;
    one.systems = {{u"pgboss"_s, u"pg-boss"_s, u"24"_s, u"pgboss"_s}};
    const QString text = diagnosticsText(u"spillway"_s, {one});
    qunsetenv("PGPASSWORD");
    QVERIFY2(!text.contains(kSecret), qPrintable(text));
    for (const QString& told :
         {u"TLS not verified"_s, u"password given"_s, u"PGPASSWORD"_s, u"pg-boss"_s, u"libpq"_s,
          u"no such host"_s, u"cache refused"_s, QString::fromLatin1(qVersion())})
        QVERIFY2(text.contains(told), qPrintable(told + u" is not in\n"_s + text));
}

int main(int argc, char** argv) {
    const QCoreApplication application(argc, argv);
    if (const QString path = qEnvironmentVariable("DIE_WITH_LOG"); !path.isEmpty()) {
        useLog(path);
        throw std::runtime_error("postgresql://app:" + kSecret.toStdString() + "@db is no URL");
    }
    TestLogFile test;
    return QTest::qExec(&test, argc, argv);
}

#include "tst_log_file.moc"
