#include <QTest>
#include <cmath>

#include "backends/health/duplicate_claims.h"

using namespace spillway;
using namespace Qt::StringLiterals;

class DuplicateClaimsTest : public QObject {
    Q_OBJECT
private slots:
    // Reference values computed by bisection on the binomial tail itself, not through the beta function.
    void theIntervalIsExact_data() {
        QTest::addColumn<qint64>("d");
        QTest::addColumn<qint64>("n");
        QTest::newRow("1 in 1 000") << qint64{1} << qint64{1000};
        QTest::newRow("3 in 40") << qint64{3} << qint64{40};
        QTest::newRow("39 in 40") << qint64{39} << qint64{40};
        QTest::newRow("12 in 5 000") << qint64{12} << qint64{5000};
    }
    void theIntervalIsExact() {
        QFETCH(qint64, d);
        QFETCH(qint64, n);
        const auto atMost = [&](qint64 k, double p) {  // P(X <= k)
            double sum = 0;
            for (qint64 i = 0; i <= k; ++i)
                sum += std::exp(std::lgamma(n + 1) - std::lgamma(i + 1) - std::lgamma(n - i + 1) +
                                i * std::log(p) + static_cast<double>(n - i) * std::log1p(-p));
            return sum;
        };
        const auto interval = binomialInterval(d, n);
        QVERIFY(std::abs(atMost(d, interval.high) - 0.025) < 1e-6);
        QVERIFY(std::abs(1 - atMost(d - 1, interval.low) - 0.025) < 1e-6);
    }

    void zeroGivesTheRuleOfThree() {
        const auto interval = binomialInterval(0, 300'000);
        QCOMPARE(interval.low, 0.0);
        QVERIFY(std::abs(interval.high * 300'000 - 2.9957) < 0.001);
    }

    void extremes() {
        QCOMPARE(binomialInterval(0, 0), (RateInterval{0, 1}));
        QCOMPARE(binomialInterval(10, 10).high, 1.0);
        QVERIFY(binomialInterval(10, 10).low > 0.7);
    }

    void theWordingOfTheDesign() {
        QCOMPARE(duplicateClaimsText(duplicateClaims(Count::exact(300'000), Count::exact(0))),
                 u"0 of 300 000 claims: at most 10 per million (95 %)"_s);
        QCOMPARE(duplicateClaimsText(duplicateClaims(Count::exact(500), Count::exact(0))),
                 u"0 of 500 claims: 299 072 more clean ones bound it to 10 per million (95 %)"_s);
        const auto text = duplicateClaimsText(duplicateClaims(Count::exact(1'840'000), Count::exact(1'712)));
        QVERIFY2(text.startsWith(u"930 per million (95 %: 88"_s), qPrintable(text));
    }

    void cleanClaimsNeededIsTheFirstThatSuffices() {
        const qint64 more = cleanClaimsNeeded(0, 500, 10e-6);
        QVERIFY(binomialInterval(0, 500 + more).high <= 10e-6);
        QVERIFY(binomialInterval(0, 500 + more - 1).high > 10e-6);
        QCOMPARE(cleanClaimsNeeded(0, 1'000'000, 10e-6), 0);
        const qint64 afterOne = cleanClaimsNeeded(1, 500, 10e-6);
        QVERIFY(binomialInterval(1, 500 + afterOne).high <= 10e-6 && afterOne > more);
    }

    void whatIsNotSeenIsNotZero() {
        const auto blind =
            duplicateClaims(Count::exact(5), Count::notObservable(u"owners are overwritten"_s));
        QVERIFY(!blind.rate_ppm.known() && !blind.upper95_ppm.known());
        QCOMPARE(duplicateClaimsText(blind), u"owners are overwritten"_s);
        QVERIFY(!duplicateClaims(Count::exact(0), Count::exact(0)).rate_ppm.known());
    }

    void sampledEvidenceStaysALowerBound() {
        const auto sampled = duplicateClaims(Count::exact(10'000), Count::lowerBound(3, u"sampled"_s));
        QCOMPARE(sampled.rate_ppm.provenance, Provenance::lower_bound);
        QVERIFY(duplicateClaimsText(sampled).startsWith(u"≥ 300 per million"_s));
    }
};

QTEST_GUILESS_MAIN(DuplicateClaimsTest)
#include "tst_duplicate_claims.moc"
