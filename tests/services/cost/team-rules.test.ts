import assert from 'node:assert/strict';
import { DEFAULT_TEAM_RULES, labelPaths, loadTeamRules, parseTeamRules, teamRuleRows } from '../../../services/cost/team-rules.ts';

describe('team rules', () => {
  it('reads namespace and label rules in order', () => {
    const rules = [{ namespace: 'shop-*', team: 'shop' }, { label: 'team', value: 'payments', team: 'pay' }, { label: 'team' }];
    assert.deepEqual(parseTeamRules(JSON.stringify(rules), 'teams.json'), rules);
  });

  it('names the index of every faulty rule', () => {
    const text = JSON.stringify([
      { namespace: 'a', team: 'b' },
      { namespace: 'a' },
      { label: '', team: 'x' },
      { label: 'team', teams: 'x' },
    ]);
    assert.throws(
      () => parseTeamRules(text, 'teams.json'),
      (error: Error) => {
        const lines = error.message.split('\n');
        assert.deepEqual(
          lines.map((line) => line.slice(0, 18)),
          ['teams.json rule 1 ', 'teams.json rule 2 ', 'teams.json rule 3 '],
        );
        return true;
      },
    );
    assert.throws(() => parseTeamRules('{', 'teams.json'), /teams\.json is not JSON/);
    assert.throws(() => parseTeamRules('{}', 'teams.json'), /is not a list of rules/);
  });

  it('turns globs into LIKE patterns in which nothing else is special', () => {
    const pattern = (namespace: string) => teamRuleRows([{ namespace, team: 't' }])[0].namespace_like;
    assert.deepEqual(['shop-*', 'a?c', '50%_\\'].map(pattern), ['shop-%', 'a_c', '50\\%\\_\\\\']);
  });

  it('finds labels in both spellings of kube-state-metrics', () => {
    assert.deepEqual(labelPaths('app.kubernetes.io/partOf'), ['$."label_app_kubernetes_io_part_of"', '$."label_app_kubernetes_io_partOf"']);
  });

  it('goes by the label team without a file, and names a file that is not there', async () => {
    assert.equal(await loadTeamRules(), DEFAULT_TEAM_RULES);
    await assert.rejects(loadTeamRules('/nonexistent/teams.json'), /team rule file \/nonexistent\/teams\.json cannot be read/);
  });
});
