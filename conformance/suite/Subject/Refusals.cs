using System;
using System.Globalization;
using System.Text.Json.Nodes;

namespace SharpRunc.Conformance;

/// <summary>Configurations that must not be taken. All begin from one that is, so the change is why.</summary>
internal static class Refusals
{
    /// <summary>
    /// config.md#valid-values: an invalid value is an error. Of <c>process</c> the error may come with start: create need not look at it.
    /// </summary>
    /// <param name="valid">The same property as it should be; where that is not taken either, the test tells nothing.</param>
    public static void Refuses(this Box box, Action<Bundle> invalid, Action<Bundle>? valid = null, bool atStart = false)
    {
        if (Attempt(box, invalid, valid, atStart) is { } taken)
            throw new Failed(taken);
    }

    /// <summary>
    /// A property that is REQUIRED is not there. runtime.md#create says that a runtime MAY validate, and of a default for what is
    /// missing it says nothing: that one is taken is noted, no failure.
    /// </summary>
    public static void RefusesWithout(this Box box, Action<Bundle> invalid, Action<Bundle>? valid = null, bool atStart = false)
    {
        if (Attempt(box, invalid, valid, atStart) is { } taken)
            throw new Noted(taken + " (a runtime MAY validate: runtime.md#create)");
    }

    /// <summary>The test of a REQUIRED property: what is valid, and the same without it.</summary>
    /// <param name="path">Of the property: names and indexes, with dots between them.</param>
    public static Test Lacks(string id, string text, string path, Action<Bundle> valid, string since = "1.0.0") =>
        Test.Required(id, text, box => box.RefusesWithout(b =>
        {
            valid(b);
            Remove(b.Config, path.Split('.'));
        }, valid, path.StartsWith("process.", StringComparison.Ordinal)), since);

    public static void Remove(JsonNode node, params string[] path)
    {
        foreach (string step in path[..^1])
            node = (node is JsonArray array ? array[int.Parse(step, CultureInfo.InvariantCulture)] : node[step])!;
        ((JsonObject)node).Remove(path[^1]);
    }

    private static string? Attempt(Box box, Action<Bundle> invalid, Action<Bundle>? valid, bool atStart)
    {
        if (valid is not null && Try(box, valid, atStart) is { Succeeded: false } result)
            throw new Skipped($"what is valid is not taken here: {result.Said}");
        Result refused = Try(box, invalid, atStart);
        if (refused.Succeeded)
            return $"{(atStart ? "create and start succeed and the program runs" : "create succeeds")}: expected an error";
        refused.ExpectError("create");
        return null;
    }

    /// <summary>runtime.md#errors: how an error is shown is not mandated; what counts is that the program does not run.</summary>
    private static Result Start(Container container)
    {
        Result result = container.TryStart();
        if (!result.Succeeded)
            return result;
        container.WaitForEnd();
        return container.Answers().Count > 0 ? result : result with { ExitCode = 1, Errors = "the program does not run" };
    }

    private static Result Try(Box box, Action<Bundle> change, bool atStart)
    {
        Bundle bundle = box.NewBundle(atStart ? "say run" : "sleep 300");
        change(bundle);
        bundle.Write();
        Container container = box.TryCreate(bundle);
        Result result = container.Created;
        if (result.Succeeded && atStart)
            result = Start(container);
        container.Destroy();
        return result;
    }
}
