using System.Xml.Linq;
using NUnit.Framework;
using SharpRunc.Benchmarks;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Tests.Benchmarks;

internal sealed class PlotTests
{
    private const string Hostile = "<a href=\"x\"> & 'b'";

    [Test]
    public void Text_in_a_drawing_is_escaped()
    {
        Svg svg = new(100, 50, Hostile);
        svg.Text(1, 2, Hostile);
        svg.Marker(3, 4, 0, Hostile);
        XElement drawing = XElement.Parse(svg.ToString());
        XNamespace names = drawing.Name.Namespace;
        Assert.Multiple(() =>
        {
            Assert.That(drawing.Element(names + "title")!.Value, Is.EqualTo(Hostile));
            Assert.That(drawing.LastNode!.PreviousNode!.ToString(), Does.Not.Contain("<a"));
            Assert.That(drawing.Element(names + "path")!.Element(names + "title")!.Value, Is.EqualTo(Hostile));
        });
    }

    [Test]
    public void A_runtime_without_samples_is_drawn_as_failed()
    {
        Series some = new();
        some.Add(1);
        Group group = new("run", [new Row("one", 0, some), new Row("two", 1, new Series())]);
        Assert.Multiple(() =>
        {
            foreach (string drawing in new[] { RangePlot.Draw("", "", "ms", [group]), BarPlot.Draw("", "", "ms", 1, [group]) })
                Assert.That(XElement.Parse(drawing).Value, Does.Contain("two").And.Contain("failed"));
            Assert.That(XElement.Parse(DistributionPlot.Draw("", "ms", [group])).Value, Does.Contain("two"));
        });
    }

    [Test]
    public void Where_nothing_was_measured_a_plot_says_so()
    {
        Group group = new("run", [new Row("one", 0, new Series())]);
        Curve curve = Curve.Of("one", 0, [1, 2], _ => new Series(), "ms");
        Assert.Multiple(() =>
        {
            foreach (string drawing in new[] { RangePlot.Draw("", "", "ms", [group]), DistributionPlot.Draw("", "ms", [group]),
                LinePlot.Draw("", "", true, ("ms", [curve])) })
                Assert.That(XElement.Parse(drawing).Value, Does.Contain("nothing was measured"));
        });
    }

    [Test]
    public void A_curve_tells_the_exact_numbers_of_each_point()
    {
        Series samples = new();
        foreach (double sample in new[] { 1.5, 2.25, 3 })
            samples.Add(sample);
        Curve curve = Curve.Of("one", 0, [50], _ => samples, "ms");
        Assert.That(XElement.Parse(LinePlot.Draw("", "", false, ("ms", [curve]))).Value,
            Does.Contain("one at 50: median 2.25 ms, quartiles 1.875 and 2.625, n = 3"));
    }
}
