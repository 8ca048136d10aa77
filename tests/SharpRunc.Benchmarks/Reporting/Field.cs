using System;
using System.Collections.Generic;

namespace SharpRunc.Benchmarks.Reporting;

/// <summary>
/// The runtimes of one section, each in its turn; who fails three times in a row is left out of the rest of it, and the page says so.
/// </summary>
internal sealed class Field(IReadOnlyList<Candidate> candidates)
{
    private const int Patience = 3;
    private const string LeftOut = " It is left out of the rest of this section.";

    private readonly Dictionary<Candidate, int> failures = [];
    private int turn;

    public IReadOnlyList<Candidate> All => candidates;

    /// <summary>Those still in.</summary>
    public List<Candidate> Left => new List<Candidate>(candidates).FindAll(candidate => failures.GetValueOrDefault(candidate) < Patience);

    /// <summary>Every failure, in words.</summary>
    public List<string> Failures { get; } = [];

    /// <summary>Whoever is first in one turn is last in the next.</summary>
    public void Each(Action<Candidate> act)
    {
        List<Candidate> left = Left;
        for (int i = 0; i < left.Count; i++)
            Try(left[(i + turn) % left.Count], act);
        turn++;
    }

    /// <summary>Fails once for all: nothing else can be measured without it.</summary>
    public void Need(Action<Candidate> act)
    {
        foreach (Candidate candidate in Left)
            if (!Try(candidate, act))
            {
                failures[candidate] = Patience;
                Failures[^1] += LeftOut;
            }
    }

    /// <summary>What failed without ending the turn.</summary>
    public void Note(Candidate candidate, string message) => Failures.Add($"{candidate.Name}: {message}");

    public void Forget()
    {
        foreach (Candidate candidate in candidates)
            candidate.Forget();
    }

    public bool Try(Candidate candidate, Action<Candidate> act)
    {
        try
        {
            act(candidate);
            failures.Remove(candidate);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            failures[candidate] = failures.GetValueOrDefault(candidate) + 1;
            Failures.Add($"{candidate.Name}: {e.Message.Trim()}{(failures[candidate] == Patience ? LeftOut : "")}");
            candidate.Discard(candidate.Name);
            return false;
        }
    }
}
