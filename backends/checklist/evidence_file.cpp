#include "backends/checklist/evidence_file.h"

#include <QJsonDocument>
#include <QXmlStreamReader>

#include "backends/domain/human_text.h"

namespace spillway {
using namespace Qt::StringLiterals;
namespace {

constexpr int kNamedFailures = 5;

Failure notEvidence(const EvidenceFile& file, const QString& why, const QString& next) {
    return {FailureKind::usage, u"%1 %2"_s.arg(visibleText(file.name, 120), why), {}, next};
}

std::optional<ServerTime> timeFrom(const QString& text) {
    QDateTime time = QDateTime::fromString(text, Qt::ISODateWithMs);
    if (!time.isValid()) return std::nullopt;
    if (time.timeSpec() == Qt::LocalTime) time.setTimeSpec(Qt::UTC);  // JUnit names no zone
    return serverTimeFromMillis(time.toMSecsSinceEpoch());
}

Outcome<QJsonObject> jsonOf(const EvidenceFile& file) {
    QJsonParseError error;
    const auto document = QJsonDocument::fromJson(file.bytes, &error);
    if (error.error != QJsonParseError::NoError)
        return notEvidence(file, u"is no JSON: %1 at byte %2."_s.arg(error.errorString()).arg(error.offset),
                           u"Give the file that a drill wrote with --output, or --junit for XML."_s);
    if (!document.isObject())
        return notEvidence(file, u"holds no JSON object."_s, u"Give one document, not a list."_s);
    return document.object();
}

struct TestCounts {
    qint64 tests = 0, failed = 0, skipped = 0;
    QStringList failing;  // the first few names
};

// What the cases say and what the suites sum up can differ; the worse of the two is believed.
class JUnitReader {
public:
    explicit JUnitReader(const QByteArray& bytes) : m_xml(bytes) {}
    void read() {
        while (!m_xml.atEnd() && !m_xml.hasError()) {
            m_xml.readNext();
            if (m_xml.isStartElement()) open();
            if (m_xml.isEndElement() && m_xml.name() == u"testcase"_s) close();
        }
        counts.failed = std::max(counts.failed, m_declaredFailures);
    }
    TestCounts counts;
    bool junit = false;
    std::optional<ServerTime> at;
    QString host;
    [[nodiscard]] QString error() const {
        return m_xml.hasError() ? u"%1 in line %2"_s.arg(m_xml.errorString()).arg(m_xml.lineNumber())
                                : QString();
    }

private:
    void open() {
        const auto name = m_xml.name();
        const auto attributes = m_xml.attributes();
        if (name == u"testsuites"_s || name == u"testsuite"_s) junit = true;
        if (name == u"testsuite"_s) openSuite(attributes);
        if (name == u"testcase"_s) {
            m_case = attributes.value(u"name"_s).toString();
            m_failed = m_skipped = false;
        }
        if (name == u"failure"_s || name == u"error"_s) m_failed = true;
        if (name == u"skipped"_s) m_skipped = true;
    }
    void openSuite(const QXmlStreamAttributes& attributes) {
        m_declaredFailures +=
            attributes.value(u"failures"_s).toLongLong() + attributes.value(u"errors"_s).toLongLong();
        if (host.isEmpty()) host = attributes.value(u"hostname"_s).toString();
        const auto time = timeFrom(attributes.value(u"timestamp"_s).toString());
        if (time && (!at || *time < *at)) at = time;  // the oldest: nothing is newer than it seems
    }
    void close() {
        ++counts.tests;
        counts.failed += m_failed;
        counts.skipped += m_skipped && !m_failed;
        if (m_failed && counts.failing.size() < kNamedFailures) counts.failing << visibleText(m_case, 120);
    }

    QXmlStreamReader m_xml;
    QString m_case;
    qint64 m_declaredFailures = 0;
    bool m_failed = false, m_skipped = false;
};

}  // namespace

Outcome<Evidence> evidenceFromDocument(const QJsonObject& document, const QString& source) {
    const auto kind = evidenceKindFromName(document[u"kind"_s].toString());
    const auto at = timeFrom(document[u"measured_at"_s].toString());
    if (!kind || !measuredByUs(*kind) || !at)
        return Failure{FailureKind::usage,
                       u"%1 is no evidence that this program measured."_s.arg(visibleText(source, 120)),
                       {},
                       u"Drills and parity write it with --output; another tool's JSON goes with --file."_s};
    Evidence evidence;
    evidence.kind = *kind;
    evidence.measured_at = *at;
    evidence.measured_by = document[u"measured_by"_s].toString();
    evidence.host = document[u"host"_s].toString();
    evidence.where = document[u"where"_s].toString();
    evidence.commit = document[u"commit"_s].toString();
    evidence.job = document[u"job"_s].toString();
    evidence.source = source;
    evidence.document = document;
    return evidence;
}

Outcome<Evidence> evidenceFromDrill(const EvidenceFile& file) {
    const auto document = jsonOf(file);
    if (!document) return document.failure();
    const auto kind = evidenceKindFromName((*document)[u"kind"_s].toString());
    if (kind == EvidenceKind::drill_claim || kind == EvidenceKind::drill_invariant)
        return evidenceFromDocument(*document, file.name);
    return notEvidence(file, u"is no result of a drill."_s,
                       u"\"spillwayctl drill claim\" and \"drill invariant\" write one with --output; "
                       "another tool's JSON goes with --file."_s);
}

Outcome<Evidence> evidenceFromJson(const EvidenceFile& file) {
    const auto document = jsonOf(file);
    if (!document) return document.failure();
    const auto kind = evidenceKindFromName((*document)[u"kind"_s].toString());
    if (kind && measuredByUs(*kind) && timeFrom((*document)[u"measured_at"_s].toString()))
        return evidenceFromDocument(*document, file.name);
    Evidence evidence;
    evidence.kind = EvidenceKind::foreign;
    evidence.measured_at = file.modified;
    evidence.source = file.name;
    evidence.document = *document;
    return evidence;
}

Outcome<Evidence> evidenceFromJUnit(const EvidenceFile& file) {
    JUnitReader reader(file.bytes);
    reader.read();
    if (!reader.error().isEmpty())
        return notEvidence(file, u"is no JUnit XML: %1."_s.arg(reader.error()),
                           u"Give the report that the test run wrote, whole."_s);
    if (!reader.junit)
        return notEvidence(file, u"is XML, but no JUnit report."_s,
                           u"Its outermost element must be testsuites or testsuite."_s);
    Evidence evidence;
    evidence.kind = EvidenceKind::junit;
    evidence.measured_at = reader.at.value_or(file.modified);
    evidence.host = reader.host;
    evidence.source = file.name;
    evidence.document = QJsonObject{{u"tests"_s, reader.counts.tests},
                                    {u"failed"_s, reader.counts.failed},
                                    {u"skipped"_s, reader.counts.skipped},
                                    {u"failing"_s, reader.counts.failing.join(u", "_s)}};
    return evidence;
}

}  // namespace spillway
