using System;
using NUnit.Framework;
using SharpRunc.Benchmarks;

namespace SharpRunc.Tests.Benchmarks;

internal sealed class SeriesTests
{
    // What numpy.quantile says of the same samples.
    [TestCase(0, 1)]
    [TestCase(0.05, 1.2)]
    [TestCase(0.25, 2)]
    [TestCase(0.5, 3)]
    [TestCase(0.95, 16.8)]
    [TestCase(0.99, 19.36)]
    [TestCase(1, 20)]
    public void A_quantile_lies_between_two_samples_in_a_straight_line(double share, double expected)
        => Assert.That(Of(4, 20, 1, 3, 2).Quantile(share), Is.EqualTo(expected).Within(1e-9));

    [Test]
    public void The_median_of_an_even_number_is_the_middle_of_two() => Assert.That(Of(1, 10, 2, 4).Median, Is.EqualTo(3));

    [Test]
    public void A_single_sample_is_every_quantile() => Assert.That(Of(7).Quantile(0.99), Is.EqualTo(7));

    [Test]
    public void Samples_stay_in_the_order_in_which_they_were_taken()
    {
        Series series = Of(3, 1, 2);
        Assert.Multiple(() =>
        {
            Assert.That(series.Maximum, Is.EqualTo(3));
            Assert.That(series.Samples, Is.EqualTo(new[] { 3.0, 1, 2 }));
        });
    }

    [Test]
    public void One_more_sample_counts_after_a_quantile_was_asked_for()
    {
        Series series = Of(1, 2, 3);
        Assert.That(series.Median, Is.EqualTo(2));
        series.Add(100);
        Assert.That(series.Median, Is.EqualTo(2.5));
    }

    [Test]
    public void A_failure_is_counted_and_is_no_sample()
    {
        Series series = new();
        series.Fail();
        Assert.Multiple(() =>
        {
            Assert.That(series.IsEmpty, Is.True);
            Assert.That(series.Failures, Is.EqualTo(1));
        });
    }

    private static Series Of(params ReadOnlySpan<double> samples)
    {
        Series series = new();
        foreach (double sample in samples)
            series.Add(sample);
        return series;
    }
}
