using System;
using System.Collections.Generic;
using SharpRunc.Benchmarks.Reporting.Plots;

namespace SharpRunc.Benchmarks.Reporting.Sections;

/// <summary>One question, its samples and its plots.</summary>
internal abstract class Section(Setting setting, string name)
{
    /// <summary>In data.json.</summary>
    public string Name => name;

    public abstract string Title { get; }

    public Field Field { get; } = setting.NewField(name);

    /// <summary>The same with the host's /bin/true instead of a runtime: what the benchmark itself takes.</summary>
    public Dictionary<string, Series> Harness { get; } = [];

    protected Setting Setting => setting;

    public abstract void Measure();

    /// <summary>Of a series of this section.</summary>
    public virtual string Unit(string series) => "ms";

    /// <summary>HTML.</summary>
    public abstract IEnumerable<string> Draw();

    protected Series OfHarness(string series) => Harness.TryGetValue(series, out Series? found) ? found : Harness[series] = new();

    protected Group Of(string series, string? shown = null)
    {
        List<Row> rows = [];
        for (int i = 0; i < Field.All.Count; i++)
            rows.Add(new Row(Field.All[i].Name, i, Field.All[i][series]));
        return new Group(shown ?? series, rows);
    }

    protected List<Curve> Curves(IReadOnlyList<int> levels, Func<int, string> series, string unit, bool harness = false)
    {
        List<Curve> curves = [];
        for (int i = 0; i < Field.All.Count; i++)
        {
            Candidate candidate = Field.All[i];
            curves.Add(Curve.Of(candidate.Name, i, levels, level => candidate[series(level)], unit));
        }
        if (harness)
            curves.Add(Curve.Of("/bin/true of the host", -1, levels, level => OfHarness(series(level)), unit));
        return curves;
    }
}
