using NUnit.Framework;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Tests.Benchmarks;

internal sealed class ScaleTests
{
    [TestCase(9.83, new[] { 0.0, 2, 4, 6, 8, 10 })]
    [TestCase(500, new[] { 0.0, 100, 200, 300, 400, 500 })]
    [TestCase(0.5, new[] { 0, 0.1, 0.2, 0.3, 0.4, 0.5 })]
    [TestCase(0, new[] { 0, 0.2, 0.4, 0.6, 0.8, 1 })]
    public void A_linear_scale_has_round_steps_up_to_the_most(double most, double[] ticks)
        => Assert.That(Scale.Linear(most).Ticks, Is.EqualTo(ticks).Within(1e-9));

    [TestCase(1, 100, new[] { 1.0, 2, 5, 10, 20, 50, 100 })]
    [TestCase(1.4, 43, new[] { 1.0, 2, 5, 10, 20, 50 })]
    [TestCase(0.3, 0.9, new[] { 0.2, 0.5, 1 })]
    [TestCase(3, 3, new[] { 2.0, 5 })]
    [TestCase(5, 5, new[] { 5.0, 10 })]
    [TestCase(1, 10000, new[] { 1.0, 10, 100, 1000, 10000 })]
    public void A_logarithmic_scale_begins_and_ends_at_a_round_number(double least, double most, double[] ticks)
        => Assert.That(Scale.Logarithmic(least, most).Ticks, Is.EqualTo(ticks).Within(1e-9));

    [Test]
    public void The_middle_of_a_logarithmic_scale_is_the_geometric_mean()
        => Assert.That(Scale.Logarithmic(1, 100).At(10), Is.EqualTo(0.5).Within(1e-9));

    [Test]
    public void The_middle_of_a_linear_scale_is_half() => Assert.That(Scale.Linear(10).At(5), Is.EqualTo(0.5).Within(1e-9));

    [TestCase(0.30000000000000004, "0.3")]
    [TestCase(1000, "1000")]
    [TestCase(20000, "20,000")]
    public void A_label_has_no_rounding_error_in_it(double tick, string label) => Assert.That(Scale.Label(tick), Is.EqualTo(label));
}
