namespace SharpRunc.Benchmarks.Reporting;

/// <summary>
/// The page's style sheet. The colours of the runtimes are those of Okabe and Ito, which the colour-blind can tell apart; lighter ones in
/// the dark.
/// </summary>
internal static class Style
{
    public const string Text = """

        :root { --paper: #fff; --ink: #1a1a1a; --faint: #595959; --grid: #e4e4e4; --axis: #8a8a8a; --bad: #a40000;
          --s0: #0072b2; --s1: #d55e00; --s2: #007a5a; --s3: #a5518c; --s4: #8a6d00; --s5: #1b8fc4; --harness: #8a8a8a; }
        @media (prefers-color-scheme: dark) {
          :root { --paper: #16181b; --ink: #e8e8e8; --faint: #a8a8a8; --grid: #303438; --axis: #6e7378; --bad: #ff8a80;
            --s0: #56b4e9; --s1: #f0883e; --s2: #2ec4a0; --s3: #dd8fc0; --s4: #f0e442; --s5: #a0c8ff; --harness: #8a8f94; }
        }
        body { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; max-width: 980px; margin: 2em auto; padding: 0 1em; }
        h1 { font-size: 1.6em; } h2 { margin-top: 2.5em; border-bottom: 1px solid var(--grid); }
        a { color: var(--s0); } code { font-size: 0.92em; }
        figure { margin: 1.5em 0; } figcaption { color: var(--faint); font-size: 0.88em; }
        svg { width: 100%; height: auto; font: 12px system-ui, sans-serif; }
        svg text { fill: var(--ink); } svg .heading { font-size: 15px; font-weight: 600; } svg .tick { fill: var(--faint); } svg .label { font-size: 12.5px; }
        .grid { stroke: var(--grid); } .axis { stroke: var(--axis); }
        .line { fill: none; stroke-width: 1.8; } .band { stroke: none; fill-opacity: 0.16; } .box { fill-opacity: 0.35; stroke-width: 1; }
        .mark { stroke: var(--paper); stroke-width: 0.8; }
        .s0 { fill: var(--s0); stroke: var(--s0); } .s1 { fill: var(--s1); stroke: var(--s1); } .s2 { fill: var(--s2); stroke: var(--s2); }
        .s3 { fill: var(--s3); stroke: var(--s3); } .s4 { fill: var(--s4); stroke: var(--s4); } .s5 { fill: var(--s5); stroke: var(--s5); }
        .harness { fill: var(--harness); stroke: var(--harness); }
        .line.s0, .line.s1, .line.s2, .line.s3, .line.s4, .line.s5, .line.harness { fill: none; }
        .band.s0, .band.s1, .band.s2, .band.s3, .band.s4, .band.s5, .band.harness { stroke: none; }
        .mark.s0, .mark.s1, .mark.s2, .mark.s3, .mark.s4, .mark.s5, .mark.harness { stroke: var(--paper); }
        .wide { overflow-x: auto; } table { border-collapse: collapse; font-size: 0.86em; margin: 0.8em 0; }
        th, td { padding: 0.15em 0.7em; text-align: left; vertical-align: top; border-bottom: 1px solid var(--grid); } tbody th { font-weight: 600; white-space: nowrap; }
        .numbers td { text-align: right; font-variant-numeric: tabular-nums; } .numbers td:nth-child(2) { text-align: left; }
        .failures { color: var(--bad); white-space: pre-wrap; } summary { cursor: pointer; }
        """;
}
